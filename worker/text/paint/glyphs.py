"""Draws one line of glyphs on a canvas as fill, shadow or stroke, with the anti-aliased edges of a browser."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import skia

from worker.job import Color, Shadow, Stroke
from worker.text.layout import justify
from worker.text.layout.graphemes import split_graphemes
from worker.text.layout.line_boxes import LineBox
from worker.text.layout.text_box import GLYPH_LIMIT_PX
from worker.text.layout.typesetter import TRANSPARENT, Typesetter
from worker.text.paint import gamma

_BITMAP_GLYPH_ROUNDING = 0.125
"""Offset, in pixels, that a browser's Skia adds to a glyph's position before it truncates it: to quarters, or for
bitmap glyphs to whole pixels (kSubpixelRounding in src/core/SkGlyphRunPainter.cpp)."""

_WHITE = Color(255, 255, 255, 1.0)


class GlyphPainter:
    """Paints lines on a canvas; `x` and `y` are the left end of a line's baseline. `font_size` is in pixels."""

    def __init__(self, canvas: skia.Canvas, typesetter: Typesetter, font_size: float) -> None:
        self._canvas = canvas
        self._typesetter = typesetter
        self._font_size = font_size

    def fill(self, line: LineBox, x: float, y: float, color: Color) -> None:
        """Fill the letters; emoji keep their own colors, and take the text's alpha."""
        with self._tinted(color):
            self._draw(line, x, y, letters=_outline_paint(_WHITE))
        for _, emoji, start in self._emoji(line, x, y):
            with self._on_whole_pixels(start, y):
                self._draw(emoji, start, y, emoji=skia.Paint(AntiAlias=True, Alphaf=color.a))

    def stroke(self, line: LineBox, x: float, y: float, stroke: Stroke) -> None:
        """Stroke the outlines of the letters, half of the width inside."""
        paint = skia.Paint(Color4f=color4f(_WHITE), AntiAlias=True, Style=skia.Paint.kStroke_Style)
        paint.setStrokeWidth(stroke.width)
        with self._tinted(stroke.color):
            self._draw(line, x, y, letters=paint)

    def shadow(self, line: LineBox, x: float, y: float, shadow: Shadow) -> None:
        """Draw the shape of the letters in the shadow's color; of emoji, their silhouette."""
        x, y, sigma = x + shadow.x, y + shadow.y, shadow.blur / 2
        if sigma > 0:
            letters = _outline_paint(shadow.color)
            letters.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, sigma, False))
            self._draw(line, x, y, letters=letters)
        else:
            with self._tinted(shadow.color):
                self._draw(line, x, y, letters=_outline_paint(_WHITE))
        if self._has_emoji(line):
            color = color4f(shadow.color).toColor()
            silhouette = skia.ImageFilters.DropShadowOnly(0, 0, sigma, sigma, color)
            for area, emoji, start in self._emoji(line, x, y):  # one small layer each: blurring is the expensive part
                self._canvas.saveLayer(area, skia.Paint(ImageFilter=silhouette))
                with self._on_whole_pixels(start, y):
                    self._draw(emoji, start, y, emoji=skia.Paint(AntiAlias=True))
                self._canvas.restore()

    def outline(self, line: LineBox, x: float, y: float) -> None:
        """Fill the letters in opaque white, without emoji and without a browser's edges, to measure their ink."""
        self._draw(line, x, y, letters=_outline_paint(_WHITE))

    def _draw(
        self,
        line: LineBox,
        x: float,
        y: float,
        *,
        letters: skia.Paint = TRANSPARENT,
        emoji: skia.Paint = TRANSPARENT,
    ) -> None:
        paragraph = self._typesetter.paragraph(line.text, letters, emoji, line.expansion, line.levels)
        paragraph.paint(self._canvas, x, y - math.floor(paragraph.AlphabeticBaseline + 0.5))

    def _emoji(self, line: LineBox, x: float, y: float) -> Iterator[tuple[skia.Rect, LineBox, float]]:
        """The line's emoji: for each the area that it covers, what to draw, and the x to draw it at."""
        if not self._has_emoji(line):
            return
        around = self._font_size
        if line.levels:
            yield skia.Rect.MakeLTRB(x - around, y - 2 * around, x + line.width + around, y + around), line, x
            return
        before, opportunities = "", justify.opportunities(line.text)
        for run in self._typesetter.fallback.presentation_runs(line.text):
            for text in split_graphemes(run.text) if run.is_emoji else ():
                expanded = sum(position <= len(before) for position in opportunities) * line.expansion
                start = x + self._typesetter.measure(before) + expanded
                end = start + self._typesetter.measure(text)
                area = skia.Rect.MakeLTRB(start - around / 4, y - 1.5 * around, end + around / 4, y + around)
                yield area, replace(line, text=text), start
                before += text
            if not run.is_emoji:
                before += run.text

    @contextmanager
    def _on_whole_pixels(self, x: float, y: float) -> Iterator[None]:
        """Emoji are bitmaps: a browser rotates them with the text, but begins each on a whole pixel of the screen."""
        matrix = self._canvas.getTotalMatrix()
        begin = matrix.mapXY(x, y)
        left, top = (math.floor(value + _BITMAP_GLYPH_ROUNDING) - value for value in (begin.x(), begin.y()))
        self._canvas.save()
        self._canvas.setMatrix(skia.Matrix.Concat(skia.Matrix.Translate(left, top), matrix))
        yield
        self._canvas.restore()

    @contextmanager
    def _tinted(self, color: Color) -> Iterator[None]:
        """A layer in which white letters get their color, and a browser's edges (gamma.py). A translucent color's alpha
        belongs to the color, not to the layer: the edges are those of the opaque text."""
        tint = skia.ColorFilters.Blend(color4f(color).toColor(), skia.BlendMode.kSrcIn)
        if self._font_size <= GLYPH_LIMIT_PX:
            edges = skia.TableColorFilter.MakeARGB(list(gamma.alpha_table(color)), None, None, None)
            tint = tint.makeComposed(edges)
        self._canvas.saveLayer(None, skia.Paint(ColorFilter=tint))
        yield
        self._canvas.restore()

    def _has_emoji(self, line: LineBox) -> bool:
        return any(run.is_emoji for run in self._typesetter.fallback.presentation_runs(line.text))


def color4f(color: Color) -> skia.Color4f:
    """Skia's form of a color."""
    return skia.Color4f(color.r / 255, color.g / 255, color.b / 255, color.a)


def _outline_paint(color: Color) -> skia.Paint:
    """Paint that fills glyphs by their outlines: a stroke of width 0 keeps Skia from hinting them into bitmaps."""
    paint = skia.Paint(Color4f=color4f(color), AntiAlias=True, Style=skia.Paint.kStrokeAndFill_Style)
    paint.setStrokeWidth(0)
    return paint
