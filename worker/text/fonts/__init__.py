"""Fonts: the bundled catalog, and the fonts that a job brings along."""
