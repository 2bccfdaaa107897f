"""What the Makefile calls: set-up, the demo, checks that docs and code agree."""
