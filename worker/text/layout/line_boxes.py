"""CSS line boxes: the position of each line of a text, before anything is painted.

A browser rounds in many small places, and a text that ignores them is a pixel off. What is followed here: ascent,
descent and line gap are each rounded; half the leading is floored; widths count in 64ths of a pixel; a box that wraps
is as wide as its maximum, not as its longest line. All lengths are pixels of the output.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from worker.text.layout import justify
from worker.text.layout.bidi import line_levels, resolve_levels
from worker.text.layout.line_wrap import SOFT_HYPHEN, fits, shown, wrap

_COLLAPSIBLE_SPACES = re.compile(r"[ \t\r\f\v\u2028\u2029]+")
"""Unicode's line and paragraph separators, which come with pasted text, break no line in a browser."""


@dataclass(frozen=True)
class FontMetrics:
    """A font's vertical metrics, each rounded as browsers do; positive downwards from the baseline for `descent`,
    upwards for `ascent`."""

    ascent: int
    descent: int
    line_gap: int

    @classmethod
    def rounded(cls, ascent: float, descent: float, line_gap: float) -> "FontMetrics":
        """From unrounded lengths, all positive."""
        return cls(*(math.floor(value + 0.5) for value in (ascent, descent, line_gap)))


@dataclass(frozen=True)
class LineBox:
    """One line: `left` from the content box's left edge, `baseline` from its top edge; `expansion` is added at each
    justification opportunity; `levels` are its characters' bidirectional ones, empty where all are left to right."""

    text: str
    left: float
    baseline: float
    width: float
    expansion: float = 0.0
    levels: tuple[int, ...] = ()


@dataclass(frozen=True)
class ContentBox:
    """The CSS content box and its lines."""

    width: float
    height: float
    lines: tuple[LineBox, ...]


class _Line(NamedTuple):
    """One line's text and levels, and whether it ends in a soft wrap rather than a forced break."""

    text: str
    levels: tuple[int, ...]
    is_soft: bool


class LineMeasurer(Protocol):
    """Measures lines in one style, in pixels."""

    @property
    def hyphen(self) -> str:
        """What a line shows that ends at a soft hyphen."""

    def segments(self, text: str) -> Sequence[str]:
        """The text split at each line break opportunity."""

    def measure(self, line: str, levels: tuple[int, ...] = ()) -> float:
        """Width of a line that is painted without a break."""

    def end_trim(self, line: str) -> float:
        """Width that the end of a line may lose where the line would be too long otherwise."""

    def font_metrics(self, line: str) -> Sequence[FontMetrics]:
        """Metrics of the fonts that a line is set in, the style's own first."""


def lay_out_lines(
    content: str,
    measurer: LineMeasurer,
    *,
    line_height: float | None = None,
    max_width: float | None = None,
    align: str = "center",
) -> ContentBox:
    """Lay out a text whose white space collapses and whose newlines break (`white-space: pre-line`).

    `line_height` is in pixels (default: what the fonts ask for); without `max_width`, lines break only where the
    content does. `align` is left, center, right or justify.
    """

    def trimmed_width(line: str, levels: tuple[int, ...] = ()) -> float:
        width = measurer.measure(line, levels)
        return width if max_width is None or fits(width, max_width) else width - measurer.end_trim(line)

    broken = list(_break(content, measurer, trimmed_width, max_width))
    widths = [math.ceil(trimmed_width(line.text, line.levels) * 64 - 1e-3) / 64 for line in broken]
    wraps = max_width is not None and (len(broken) > content.count("\n") + 1 or max(widths) > max_width)
    box_width = max_width if wraps and max_width is not None else max(widths)
    lines: list[LineBox] = []
    top = 0.0
    for (text, levels, is_soft), width in zip(broken, widths, strict=True):
        above, below = _ascent_and_descent(measurer.font_metrics(text), line_height)
        left, expansion = _align(text, box_width - width, align, is_soft)
        lines.append(LineBox(text, left, top + above, width, expansion, levels))
        top += above + below
    return ContentBox(box_width, top, tuple(lines))


def _break(
    content: str, measurer: LineMeasurer, width_of: Callable[[str], float], max_width: float | None
) -> Iterator[_Line]:
    """The lines of a text, each paragraph's levels resolved before it wraps."""
    for raw in content.replace("\r\n", "\n").split("\n"):
        paragraph = _COLLAPSIBLE_SPACES.sub(" ", raw).strip(" ")
        levels, hyphen = resolve_levels(paragraph), measurer.hyphen
        lines = [paragraph]
        if max_width is not None:
            lines = wrap(measurer.segments(paragraph), width_of, max_width, hyphen)
        position = 0
        for index, line in enumerate(lines):
            is_soft = index < len(lines) - 1
            text = shown(line, hyphen if is_soft else "")
            yield _Line(text, _levels_of(text, line, levels[position : position + len(line)]), is_soft)
            position += len(line)


def _levels_of(text: str, line: str, levels: Sequence[int]) -> tuple[int, ...]:
    """The levels of the `text` that is shown of a line; a hyphen at its end has the level of the letter before it."""
    word, *hyphen = text.partition(SOFT_HYPHEN)
    kept = [level for level, character in zip(levels, line, strict=False) if character != SOFT_HYPHEN][: len(word)]
    return line_levels([*kept, *kept[-1:] * len("".join(hyphen))], text)


def _ascent_and_descent(fonts: Sequence[FontMetrics], line_height: float | None) -> tuple[float, float]:
    """Height of a line above and below its baseline. A given line height considers the style's own font alone;
    `normal` is the union of what every font in the line needs."""
    if line_height is not None:
        return _with_leading(fonts[0], line_height)
    extents = [_with_leading(font, font.ascent + font.descent + font.line_gap) for font in fonts]
    return max(above for above, _ in extents), max(below for _, below in extents)


def _with_leading(font: FontMetrics, line_height: float) -> tuple[float, float]:
    above = font.ascent + math.floor((line_height - font.ascent - font.descent) / 2)
    return above, line_height - above


def _align(text: str, free: float, align: str, is_soft: bool) -> tuple[float, float]:
    """Left edge and expansion of a line with `free` pixels to distribute; one that is too long begins at the left and
    overflows on the right, whatever the alignment: https://www.w3.org/TR/css-text-3/#text-align-property"""
    opportunities, free = len(justify.opportunities(text)), max(free, 0.0)
    if align == "justify":
        return 0.0, free / opportunities if is_soft and opportunities else 0.0
    return {"left": 0.0, "center": free / 2, "right": free}[align], 0.0
