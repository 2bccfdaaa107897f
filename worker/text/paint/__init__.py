"""Text painting: glyphs, shadows, strokes and boxes as cropped bitmaps."""
