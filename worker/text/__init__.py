"""Paints texts as the editor's browser shows them: `paint` turns a job's text into a cropped picture with a place.

`lines` makes CSS line boxes, `typesetting` shapes and breaks, `ink` draws fill, stroke and shadow, `gamma` matches the
browser's anti-aliasing, `typefaces` finds the fonts.
"""
