"""Commands of the Makefile: set-up, the demo, generated documents, and checks."""
