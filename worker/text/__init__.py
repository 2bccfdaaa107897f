"""Renders texts as the editor's browser does: a job's text becomes a cropped bitmap with its position on the output.

`fonts` finds and sanitizes font files, `layout` breaks, shapes and places lines, `paint` draws them.
"""
