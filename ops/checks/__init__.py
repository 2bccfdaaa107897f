"""The checks of `doctor`: one module per subject, one function per check, which yields its results."""
