"""Painting texts in the sandbox: the program, and what is asked of it and answered."""
