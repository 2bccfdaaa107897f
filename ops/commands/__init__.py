"""One module per command, named after it; modules with an underscore are shared by several commands."""
