"""Draws underline and line-through with their shadows, and the gaps that an underline leaves around descenders.

As in Chromium, the shadows of an underline are below those of the letters, and the underline is between these and the
letters; a line-through is above all, with its shadows (third_party/blink/renderer/core/paint/text_painter.cc).
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import regex
import skia

from worker.job import Color, Shadow, Style
from worker.text.layout import justify
from worker.text.layout.animation import Pose
from worker.text.layout.decoration_lines import DecorationLine, line_throughs, underlines
from worker.text.layout.graphemes import split_graphemes
from worker.text.layout.line_boxes import LineBox
from worker.text.layout.text_box import TextLayout
from worker.text.paint import bitmap
from worker.text.paint.glyphs import GlyphPainter, color4f

_MAX_DILATION_PX = 13.0
"""Largest distance of an underline from the ink that it skips: Chromium's kDecorationClipMaxDilation, in pixels."""

_SAMPLES = 4
"""Samples per pixel, along each side, of the ink that an underline skips."""

_NEVER_SKIPPED = regex.compile(
    r"[/\\_\u3000-\u303f\uff00-\uffef]|[\p{Ideographic}\p{Script=Hangul}\p{Script=Hira}\p{Script=Kana}]"
)
"""Characters that an underline runs through, like Chromium's Character::CanTextDecorationSkipInk."""


class Underlines:
    """The underlines of a text in one pose, with `text-decoration-skip-ink: auto`."""

    def __init__(self, canvas: skia.Canvas, layout: TextLayout, pose: Pose) -> None:
        self._canvas = canvas
        self._style = layout.style
        lines = underlines(layout, pose) if self._style.decoration.underline else ()
        self._areas = [part for line in lines for part in _without(line.area, _gaps(layout, line))]

    def draw_shadows(self) -> None:
        """Draw what lies below the letters' shadows."""
        _draw_shadows(self._canvas, self._style, self._areas)

    def draw(self) -> None:
        """Draw what lies between the letters' shadows and the letters."""
        _draw(self._canvas, self._style, self._areas)


def draw_line_throughs(canvas: skia.Canvas, layout: TextLayout, pose: Pose) -> None:
    """Draw the line through each line of text, with its shadows, above the letters."""
    if layout.style.decoration.line_through:
        areas = [line.area for line in line_throughs(layout, pose)]
        _draw_shadows(canvas, layout.style, areas)
        _draw(canvas, layout.style, areas)


def _draw_shadows(canvas: skia.Canvas, style: Style, areas: Sequence[skia.Rect]) -> None:
    for shadow in reversed(style.shadows):
        for area in areas:
            canvas.drawRect(area.makeOffset(shadow.x, shadow.y), _shadow_paint(shadow))


def _draw(canvas: skia.Canvas, style: Style, areas: Sequence[skia.Rect]) -> None:
    for area in areas:
        canvas.drawRect(area, skia.Paint(Color4f=color4f(_color(style)), AntiAlias=True))


def _color(style: Style) -> Color:
    """The decoration's own color; else that of the stroke, if there is one, or of the letters."""
    return style.decoration.color or (style.stroke.color if style.stroke else style.color)


def _shadow_paint(shadow: Shadow) -> skia.Paint:
    paint = skia.Paint(Color4f=color4f(shadow.color), AntiAlias=True)
    if shadow.blur > 0:
        paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, shadow.blur / 2, False))
    return paint


def _without(area: skia.Rect, gaps: Iterable[tuple[float, float]]) -> Iterator[skia.Rect]:
    """The parts of an area outside some intervals of x."""
    left = area.left()
    for start, end in sorted(gaps):
        if start > left:
            yield skia.Rect.MakeLTRB(left, area.top(), min(start, area.right()), area.bottom())
        left = max(left, end)
    if area.right() > left:
        yield skia.Rect.MakeLTRB(left, area.top(), area.right(), area.bottom())


def _gaps(layout: TextLayout, decoration: DecorationLine) -> Iterator[tuple[float, float]]:
    """The intervals of x in which letters cross an underline, dilated by its thickness."""
    dilation = min(decoration.area.height(), _MAX_DILATION_PX)
    for left, right in _inked(layout, decoration):
        yield left - dilation, right + dilation


def _inked(layout: TextLayout, decoration: DecorationLine) -> Iterator[tuple[float, float]]:
    """The intervals of x in which letters cross the underline: one per letter; per stroke in a right-to-left line."""
    line = decoration.line
    if line.levels:
        yield from _strokes(layout, decoration, line, decoration.x)
        return
    before, opportunities = "", justify.opportunities(line.text)
    for cluster in split_graphemes(line.text):
        if not _NEVER_SKIPPED.match(cluster):
            measure = layout.typesetter.measure
            expanded = sum(position <= len(before) for position in opportunities) * line.expansion
            start = decoration.x + measure(before + cluster) - measure(cluster) + expanded
            strokes = list(_strokes(layout, decoration, replace(line, text=cluster, expansion=0.0), start))
            if strokes:
                yield strokes[0][0], strokes[-1][1]
        before += cluster


def _strokes(layout: TextLayout, decoration: DecorationLine, line: LineBox, x: float) -> Iterator[tuple[float, float]]:
    """The intervals in which a line whose letters begin at `x` has ink between the edges of an underline."""
    around, area = layout.style.font_size, decoration.area
    left, width = x - around, layout.typesetter.advance(line) + 2 * around
    if width <= 0:  # letters that are spaced back beyond the beginning of their line
        return
    surface = bitmap.new_surface(math.ceil(width * _SAMPLES), math.ceil(area.height() * _SAMPLES))
    with surface as canvas:
        canvas.scale(_SAMPLES, _SAMPLES)
        canvas.translate(-left, -area.top())
        GlyphPainter(canvas, layout.typesetter, around).outline(line, x, decoration.y)
    position = 0
    for is_ink, run in groupby(bitmap.inked_columns(surface)):
        first, position = position, position + sum(1 for _ in run)
        if is_ink:
            yield left + first / _SAMPLES, left + position / _SAMPLES
