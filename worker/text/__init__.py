"""Paints texts as the editor's browser shows them: `paint` turns a job's text into a cropped picture with a place.

`layout` places a text, `lines` makes CSS line boxes, `breaking` finds where they may break, `typesetting` shapes, `ink`
draws fill, stroke and shadow, `gamma` matches the browser's anti-aliasing, `typefaces` finds the fonts, `fontfile`
rebuilds those that jobs bring along.
"""
