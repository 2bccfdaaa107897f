"""Builds the content of the worker's image: run in the build stages of worker/Dockerfile, by Debian's own Python.

One module per layer; `python3 -m tools.rootfs LAYER ...` makes one.
"""
