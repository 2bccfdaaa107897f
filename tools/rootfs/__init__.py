"""What the worker's image holds: run in the build stages of worker/Dockerfile, by Debian's own Python.

One module a layer; `python3 -m tools.rootfs LAYER ...` makes one.
"""
