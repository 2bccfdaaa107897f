"""One module a noun: its commands, as functions that cli.py registers."""
