"""Stills: pictures of every kind decoded, in a sandboxed process, to plain ones that FFmpeg reads like any input."""
