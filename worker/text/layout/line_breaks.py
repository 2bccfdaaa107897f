"""Line break opportunities (UAX #14) as a browser finds them: by ICU's rules and dictionaries (Thai, Lao, Khmer and
Burmese write no spaces), and between two ASCII characters by Chromium's own table.

Skia contains ICU, but its Python binding exposes no break iterator. It exposes the width of a paragraph's widest
unbreakable segment, though: where two graphemes are set a thousand times larger than the rest, that is the width of
both, or, if the line may break between them, of the larger one.
"""

from collections.abc import Sequence
from itertools import pairwise

import regex
import skia
from skia import textlayout

from worker.text.layout.graphemes import split_graphemes
from worker.text.layout.line_wrap import SOFT_HYPHEN

_LARGE_PX, _SLIGHTLY_SMALLER_PX, _TINY_PX = 1000.0, 999.0, 1.0
"""Font sizes, in pixels. The second grapheme's differs, since letters of one size are kerned: an L reaches so far over
the ’ after it that both would seem to be on two lines."""

_UNBROKEN_PX = 1e6
"""Layout width at which no line wraps, in pixels."""

_CONTEXT = 100
"""Number of characters on either side that ICU is shown, up to the next space: its dictionaries look at whole phrases.
All of a long text, for each of its characters, would take minutes."""

_NO_BREAK_SPACES = "\u00a0\u202f"
"""A line may break before one of these, after a dash."""

_IDEOGRAPHIC_SPACE, _SAME_CLASS_DASH = "\u3000", "\u2013"
"""A space at a line's end has no width to measure: ICU is shown a dash of the same line break class."""

_OPENING, _CLOSING = "([{", ")]}"

_ALPHANUMERIC = regex.compile(r"[\p{Line_Break=AL}\p{Line_Break=HL}\p{Line_Break=NU}]")
"""Start of a grapheme next to which another such one never breaks: letters and digits of scripts that break at spaces
(LB23, LB25 and LB28)."""

_IDEOGRAPH = regex.compile(r"[\p{Line_Break=ID}\p{Line_Break=H2}\p{Line_Break=H3}]")
"""A whole grapheme next to which another such one always breaks: an ideograph or a Korean syllable (LB31)."""


class LineBreaker:
    """Finds where lines may break. `families` are the fonts' names in the `collection`; any font that has the letters
    will do, since only their widths are compared."""

    def __init__(self, collection: textlayout.FontCollection, families: Sequence[str]) -> None:
        self._collection = collection
        self._families = list(families)
        self._unicode = skia.Unicodes.ICU.Make()

    def segments(self, text: str) -> list[str]:
        """The text split at each line break opportunity; joined, the segments are the text."""
        segments: list[str] = []
        start = position = 0
        for before, after in pairwise(split_graphemes(text)):
            position += len(before)
            if self._may_break(text, position, before, after, start):
                segments.append(text[start:position])
                start = position
        return [*segments, text[start:]]

    def _may_break(self, text: str, position: int, before: str, after: str, start: int) -> bool:
        if after.isspace() and after not in _NO_BREAK_SPACES:
            return False
        if before[-1] in " \u200b":
            return True
        if before.isascii() and after.isascii():
            return _may_break_ascii(text[start:position], after)
        if before[-1] != SOFT_HYPHEN and _ALPHANUMERIC.match(before) and _ALPHANUMERIC.match(after):
            return False
        if _IDEOGRAPH.fullmatch(before) and _IDEOGRAPH.fullmatch(after):
            return True
        shown = text.replace(_IDEOGRAPHIC_SPACE, _SAME_CLASS_DASH)
        return self._may_break_by_icu(shown, position - len(before), position, position + len(after))

    def _may_break_by_icu(self, text: str, start: int, middle: int, end: int) -> bool:
        left = max(text.rfind(" ", 0, start) + 1, start - _CONTEXT)
        right = text.find(" ", end, end + _CONTEXT)
        right = end + _CONTEXT if right < 0 else right
        pair = (text[start:middle], _LARGE_PX), (text[middle:end], _SLIGHTLY_SMALLER_PX)
        first, second = (self._widest_segment((grapheme,)) for grapheme in pair)
        together = self._widest_segment(((text[left:start], _TINY_PX), *pair, (text[end:right], _TINY_PX)))
        return together < first + second - min(first, second) / 2

    def _widest_segment(self, parts: Sequence[tuple[str, float]]) -> float:
        """Width of the widest unbreakable segment of `parts`, texts with their font sizes; all in pixels."""
        builder = textlayout.ParagraphBuilder.make(textlayout.ParagraphStyle(), self._collection, self._unicode)
        for text, size in parts:
            if text:
                style = textlayout.TextStyle()
                style.setFontFamilies(self._families)
                style.setFontSize(size)
                builder.pushStyle(style)
                builder.addText(text)
                builder.pop()
        paragraph = builder.Build()
        paragraph.layout(_UNBROKEN_PX)
        return float(paragraph.MinIntrinsicWidth)


def _may_break_ascii(before: str, after: str) -> bool:
    """Whether Chromium's table of ASCII pairs allows a break: unlike ICU, after a hyphen or a question mark within a
    word, and between two brackets."""
    last = before[-1]
    if last == "-" and after.isdigit():  # a minus, unless it is between letters or digits
        return len(before) > 1 and before[-2].isascii() and before[-2].isalnum()
    if last == "-":
        return after.isalnum() and len(before) > 1 and before[-2] not in " -"
    if last == "?":
        return after.isalnum()
    return last in _CLOSING and after in _OPENING
