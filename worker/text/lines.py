"""Where the lines of a text stand: CSS line boxes, before anything is painted.

A browser rounds in many small places, and a text that ignores them sits a pixel off. What is followed here: ascent,
descent and line gap are each rounded; half the leading is floored; widths count in 64ths of a pixel; a box that wraps
is as wide as its maximum, not as its longest line. All lengths are pixels of the output.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from worker.text import justification

_SPACES = re.compile(r"[ \t\r\f\v\u2028\u2029]+")
"""Unicode's own separators of lines, which come with what is pasted, break no line in a browser."""


@dataclass(frozen=True)
class FontHeights:
    """What a font says of its vertical extent, each rounded as browsers do; positive downwards from the baseline for
    `descent`, upwards for `ascent`."""

    ascent: int
    descent: int
    line_gap: int

    @classmethod
    def rounded(cls, ascent: float, descent: float, line_gap: float) -> "FontHeights":
        """From unrounded lengths, all positive."""
        return cls(*(math.floor(value + 0.5) for value in (ascent, descent, line_gap)))


@dataclass(frozen=True)
class Line:
    """One line: `left` from the content box's left edge, `baseline` from its top edge; `widening` is added
    wherever it is widened to justify it."""

    text: str
    left: float
    baseline: float
    width: float
    widening: float = 0.0


@dataclass(frozen=True)
class Lines:
    """The content box and the lines in it."""

    width: float
    height: float
    lines: tuple[Line, ...]


class Measure(Protocol):
    """How wide a line is, in pixels, when painted without a break."""

    def __call__(self, line: str) -> float: ...


class Slack(Protocol):
    """By how many pixels the end of a line may give way."""

    def __call__(self, line: str) -> float: ...


class Pieces(Protocol):
    """A text cut wherever a line may break."""

    def __call__(self, text: str) -> Sequence[str]: ...


def arrange(
    content: str,
    measure: Measure,
    heights: Callable[[str], Sequence[FontHeights]],
    pieces: Pieces,
    *,
    line_height: float | None,
    max_width: float | None,
    align: str,
    slack: Slack = lambda _: 0.0,
) -> Lines:
    """Break `content` into lines and place them.

    `heights` names the fonts of a line, the text's own first; `pieces` cuts where a line may break; `line_height` is in
    pixels, None what the fonts ask for; `max_width` None breaks only where the content does. `align` is left, center,
    right or justify.
    """

    def narrowed(line: str) -> float:
        width = measure(line)
        return width if max_width is None or _fits(width, max_width) else width - slack(line)

    broken = _broken(content, narrowed, pieces, max_width)
    widths = [math.ceil(narrowed(text) * 64 - 1e-3) / 64 for text, _ in broken]
    wraps = max_width is not None and (len(broken) > content.count("\n") + 1 or max(widths) > max_width)
    box_width = max_width if wraps and max_width is not None else max(widths)
    lines: list[Line] = []
    top = 0.0
    for (text, is_soft), width in zip(broken, widths, strict=True):
        above, below = _extent(heights(text), line_height)
        left, spacing = _aligned(text, box_width - width, align, is_soft)
        lines.append(Line(text, left, top + above, width, spacing))
        top += above + below
    return Lines(box_width, top, tuple(lines))


def _broken(content: str, measure: Measure, pieces: Pieces, max_width: float | None) -> list[tuple[str, bool]]:
    """The lines, and of each whether it ends where it wraps rather than where the content breaks."""
    lines: list[tuple[str, bool]] = []
    for raw in content.replace("\r\n", "\n").split("\n"):
        paragraph = _SPACES.sub(" ", raw).strip(" ")
        wrapped = [paragraph] if max_width is None else wrap(pieces(paragraph), measure, max_width)
        lines.extend((text, index < len(wrapped) - 1) for index, text in enumerate(wrapped))
    return lines


def wrap(pieces: Sequence[str], measure: Measure, max_width: float) -> list[str]:
    """Fill lines greedily with as many pieces as fit; one wider than a line stands alone and overflows."""
    lines = [""]
    for piece in pieces:
        if lines[-1] and not _fits(measure((lines[-1] + piece).rstrip(" \u3000")), max_width):
            lines.append("")
        lines[-1] += piece
    return [line.rstrip(" \u3000") for line in lines]


def _fits(width: float, max_width: float) -> bool:
    """Whether a line does: a browser lets it be a 64th of a pixel too wide."""
    return math.floor(64 * width) <= 64 * max_width + 1


def _extent(fonts: Sequence[FontHeights], line_height: float | None) -> tuple[float, float]:
    """Pixels of a line above and below its baseline. A given line height asks the text's own font alone; `normal` is
    the union of what every font in the line needs."""
    if line_height is not None:
        return _with_leading(fonts[0], line_height)
    extents = [_with_leading(font, font.ascent + font.descent + font.line_gap) for font in fonts]
    return max(above for above, _ in extents), max(below for _, below in extents)


def _with_leading(font: FontHeights, line_height: float) -> tuple[float, float]:
    above = font.ascent + math.floor((line_height - font.ascent - font.descent) / 2)
    return above, line_height - above


def _aligned(text: str, free: float, align: str, is_soft: bool) -> tuple[float, float]:
    """Left edge and word spacing of a line with `free` pixels to give away; one that is too long begins at the left and
    overflows on the right, however lines are aligned: https://www.w3.org/TR/css-text-3/#text-align-property"""
    gaps, free = len(justification.places(text)), max(free, 0.0)
    if align == "justify":
        return 0.0, free / gaps if is_soft and gaps else 0.0
    return {"left": 0.0, "center": free / 2, "right": free}[align], 0.0
