"""Probing: what a source file is, read in a sandboxed process."""
