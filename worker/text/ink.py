"""How one line of letters gets onto a canvas: filled, as a shadow, as a stroke. With the edges that a browser draws."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import skia

from worker.job import Color, Shadow, Stroke
from worker.text import gamma, justification
from worker.text.clusters import clusters
from worker.text.lines import Line
from worker.text.typesetting import NOTHING, Typesetter

GLYPH_LIMIT_PX = 256
"""Above this font size Skia fills outlines: without its text gamma, and wherever they lie between two pixels."""

_EIGHTH = 0.125
"""Of a pixel, by which a browser's Skia moves glyphs before it cuts their places to quarters; to whole pixels where
they are pictures (kSubpixelRounding in src/core/SkGlyphRunPainter.cpp)."""

_WHITE = Color(255, 255, 255, 1.0)


class Ink:
    """Paints lines on a canvas; `x` and `y` are the left end of a line's baseline. `font_size` is in pixels."""

    def __init__(self, canvas: skia.Canvas, typesetter: Typesetter, font_size: float) -> None:
        self._canvas = canvas
        self._typesetter = typesetter
        self._font_size = font_size

    def fill(self, line: Line, x: float, y: float, color: Color) -> None:
        """The letters themselves; emoji keep their own colours, and take the text's alpha."""
        with self._tinted(color):
            self._draw(line, x, y, letters=_outlined(_WHITE))
        for _, run, start in self._emoji(line, x, y):
            with self._on_whole_pixels(start, y):
                self._draw(run, start, y, emoji=skia.Paint(AntiAlias=True, Alphaf=color.a))

    def stroke(self, line: Line, x: float, y: float, stroke: Stroke) -> None:
        """Along the outlines of the letters, half of the width inside."""
        paint = skia.Paint(Color4f=color4f(_WHITE), AntiAlias=True, Style=skia.Paint.kStroke_Style)
        paint.setStrokeWidth(stroke.width)
        with self._tinted(stroke.color):
            self._draw(line, x, y, letters=paint)

    def shadow(self, line: Line, x: float, y: float, shadow: Shadow) -> None:
        """The shape of the letters in the shadow's colour; of emoji, their silhouette."""
        x, y, sigma = x + shadow.x, y + shadow.y, shadow.blur / 2
        if sigma > 0:
            letters = _outlined(shadow.color)
            letters.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, sigma, False))
            self._draw(line, x, y, letters=letters)
        else:
            with self._tinted(shadow.color):
                self._draw(line, x, y, letters=_outlined(_WHITE))
        if self._has_emoji(line):
            color = color4f(shadow.color).toColor()
            silhouette = skia.ImageFilters.DropShadowOnly(0, 0, sigma, sigma, color)
            for area, run, start in self._emoji(line, x, y):  # a small layer each: blurring is what costs
                self._canvas.saveLayer(area, skia.Paint(ImageFilter=silhouette))
                with self._on_whole_pixels(start, y):
                    self._draw(run, start, y, emoji=skia.Paint(AntiAlias=True))
                self._canvas.restore()

    def _draw(
        self, line: Line, x: float, y: float, *, letters: skia.Paint = NOTHING, emoji: skia.Paint = NOTHING
    ) -> None:
        paragraph = self._typesetter.paragraph(line.text, letters, emoji, line.widening)
        paragraph.paint(self._canvas, x, y - math.floor(paragraph.AlphabeticBaseline + 0.5))

    def _emoji(self, line: Line, x: float, y: float) -> Iterator[tuple[skia.Rect, Line, float]]:
        """The line's emoji: the area each is in, and what is to be drawn from where."""
        if not self._has_emoji(line):
            return
        around = self._font_size
        if not self._typesetter.runs_left_to_right(line.text):
            yield skia.Rect.MakeLTRB(x - around, y - 2 * around, x + line.width + around, y + around), line, x
            return
        before, places = "", justification.places(line.text)
        for run in self._typesetter.runs(line.text):
            for text in clusters(run.text) if run.is_emoji else ():
                widened = sum(place <= len(before) for place in places) * line.widening
                start = x + self._typesetter.measure(before) + widened
                end = start + self._typesetter.measure(text)
                area = skia.Rect.MakeLTRB(start - around / 4, y - 1.5 * around, end + around / 4, y + around)
                yield area, replace(line, text=text), start
                before += text
            if not run.is_emoji:
                before += run.text

    @contextmanager
    def _on_whole_pixels(self, x: float, y: float) -> Iterator[None]:
        """Emoji are pictures: a browser turns them with the text, but lets each begin on a pixel of the screen."""
        matrix = self._canvas.getTotalMatrix()
        begin = matrix.mapXY(x, y)
        left, top = (math.floor(value + _EIGHTH) - value for value in (begin.x(), begin.y()))
        self._canvas.save()
        self._canvas.setMatrix(skia.Matrix.Concat(skia.Matrix.Translate(left, top), matrix))
        yield
        self._canvas.restore()

    @contextmanager
    def _tinted(self, color: Color) -> Iterator[None]:
        """A layer in which white letters get their colour, and a browser's edges (gamma.py). A translucent colour's
        alpha belongs to the colour, not to the layer: the edges are those of the opaque text."""
        tint = skia.ColorFilters.Blend(color4f(color).toColor(), skia.BlendMode.kSrcIn)
        if self._font_size <= GLYPH_LIMIT_PX:
            edges = skia.TableColorFilter.MakeARGB(list(gamma.alpha_table(color)), None, None, None)
            tint = tint.makeComposed(edges)
        self._canvas.saveLayer(None, skia.Paint(ColorFilter=tint))
        yield
        self._canvas.restore()

    def _has_emoji(self, line: Line) -> bool:
        return any(run.is_emoji for run in self._typesetter.runs(line.text))


def color4f(color: Color) -> skia.Color4f:
    """Skia's form of a colour."""
    return skia.Color4f(color.r / 255, color.g / 255, color.b / 255, color.a)


def _outlined(color: Color) -> skia.Paint:
    """Filled letters, drawn from their outlines: a stroke of width 0 keeps Skia from hinting them into bitmaps."""
    paint = skia.Paint(Color4f=color4f(color), AntiAlias=True, Style=skia.Paint.kStrokeAndFill_Style)
    paint.setStrokeWidth(0)
    return paint
