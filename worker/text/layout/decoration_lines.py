"""The places of a text's underline and line-through, as Chromium computes them.

Sources: third_party/blink/renderer/core/layout/text_decoration_offset.cc (gap of an underline) and
third_party/blink/renderer/core/paint/text_decoration_info.cc (thickness, place of a line-through), measured on its
pictures: an automatic thickness counts whole, but is painted rounded down; baseline and offset are rounded apart, in
the box, not on the screen, so that a line in a box at half a pixel has pale edges.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import skia

from worker.job import Style
from worker.text.layout.animation import Pose
from worker.text.layout.line_boxes import LineBox
from worker.text.layout.text_box import TextLayout

_AUTO_EM = 0.1
"""Automatic thickness of a line, in multiples of the font size."""


class DecorationLine(NamedTuple):
    """The rectangle of one line of decoration, and the line of text that it belongs to, whose baseline begins at `x`,
    `y`; all in pixels of the output."""

    line: LineBox
    area: skia.Rect
    x: float
    y: float


def underlines(layout: TextLayout, pose: Pose) -> Iterator[DecorationLine]:
    """A line below each line of text, a gap of half its thickness (rounded up) under the baseline."""
    thickness = _thickness(layout.style)
    return _lines(layout, pose, max(1.0, math.ceil(thickness / 2)), thickness)


def line_throughs(layout: TextLayout, pose: Pose) -> Iterator[DecorationLine]:
    """A line through each line of text, centered on a third of the ascent."""
    thickness = _thickness(layout.style)
    ascent = layout.typesetter.font_metrics("")[0].ascent
    return _lines(layout, pose, -ascent / 3 - thickness / 2, thickness)


def _lines(layout: TextLayout, pose: Pose, offset: float, thickness: float) -> Iterator[DecorationLine]:
    """One rectangle per line of text, `offset` pixels below its baseline."""
    box, (top, _, _, left) = layout.box, layout.style.padding
    for line in layout.typesetter.revealed_lines(layout.content_box, pose.revealed):
        if line.text:
            x = box.left + box.shift_x + left + line.left
            baseline = box.shift_y + top + line.baseline
            width = layout.typesetter.advance(line)
            y = box.top + math.floor(baseline + 0.5) + math.floor(offset + 0.5)
            area = skia.Rect.MakeXYWH(x, y, width, math.floor(thickness))
            yield DecorationLine(line, area, x, box.top + baseline)


def _thickness(style: Style) -> float:
    given = style.decoration.thickness
    return max(1.0, _AUTO_EM * style.font_size if given is None else math.floor(given + 0.5))
