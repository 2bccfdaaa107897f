"""Where a line may break, as a browser sees it: by ICU's rules and dictionaries (Thai, Lao, Khmer, Burmese write no
spaces), and between two ASCII characters by Chromium's own table.

Skia carries ICU, but its Python binding shows no break iterator. It shows the width of a paragraph's widest unbreakable
piece, though: where two letters are set a thousand times larger than the rest, that is the width of both, or, if the
line may break between them, of the larger one.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import skia
from skia import textlayout

from worker.text.clusters import clusters

_HUGE, _NO_LESS, _TINY = 1000.0, 999.0, 1.0
"""Font sizes, in pixels. The second letter's differs, since letters of one size are kerned: an L reaches so far over
the ’ behind it that both seem to be on two lines."""

_UNBROKEN = 1e6
_CONTEXT = 100
"""Characters to both sides that ICU is shown, up to the next space: its dictionaries look at whole phrases. All of a
long text, for each of its characters, would take minutes."""

_UNBREAKING_SPACES = "\u00a0\u202f"
"""A line may break before one, behind a dash."""

_WIDE_SPACE, _ITS_CLASS = "\u3000", "\u2013"
"""A space at a line's end has no width to look at: ICU is shown a dash of the same class."""

_OPENING, _CLOSING = "([{", ")]}"


class LineBreaker:
    """Finds the places at which lines may break. `families` are the fonts' names in the `collection`; any font that has
    the letters will do, since only their widths are compared."""

    def __init__(self, collection: textlayout.FontCollection, families: Sequence[str]) -> None:
        self._collection = collection
        self._families = list(families)
        self._unicode = skia.Unicodes.ICU.Make()

    def pieces(self, text: str) -> list[str]:
        """The text cut wherever a line may break; joined, they are the text again."""
        pieces: list[str] = []
        start = position = 0
        for before, after in pairwise(clusters(text)):
            position += len(before)
            if self._may_break(text, position, before, after, start):
                pieces.append(text[start:position])
                start = position
        return [*pieces, text[start:]]

    def _may_break(self, text: str, position: int, before: str, after: str, start: int) -> bool:
        if after.isspace() and after not in _UNBREAKING_SPACES:
            return False
        if before[-1] in " \u200b":
            return True
        if before.isascii() and after.isascii():
            return _ascii(text[start:position], after)
        if _is_within_a_word(before) and _is_within_a_word(after):
            return False
        if _stands_alone(before) and _stands_alone(after):
            return True
        shown = text.replace(_WIDE_SPACE, _ITS_CLASS)
        return self._asks_icu(shown, position - len(before), position, position + len(after))

    def _asks_icu(self, text: str, start: int, middle: int, end: int) -> bool:
        left = max(text.rfind(" ", 0, start) + 1, start - _CONTEXT)
        right = text.find(" ", end, end + _CONTEXT)
        right = end + _CONTEXT if right < 0 else right
        pair = (text[start:middle], _HUGE), (text[middle:end], _NO_LESS)
        first, second = (self._widest_piece((letter,)) for letter in pair)
        together = self._widest_piece(((text[left:start], _TINY), *pair, (text[end:right], _TINY)))
        return together < first + second - min(first, second) / 2

    def _widest_piece(self, parts: Sequence[tuple[str, float]]) -> float:
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
        paragraph.layout(_UNBROKEN)
        return float(paragraph.MinIntrinsicWidth)


def _ascii(before: str, after: str) -> bool:
    """Chromium breaks after a hyphen or a question mark within a word, and between two brackets, where ICU wouldn't:
    its own table of ASCII pairs, for the sake of what browsers have always done."""
    last = before[-1]
    if last == "-" and after.isdigit():  # a minus, unless it stands between letters or digits
        return len(before) > 1 and before[-2].isascii() and before[-2].isalnum()
    if last == "-":
        return after.isalnum() and len(before) > 1 and before[-2] not in " -"
    if last == "?":
        return after.isalnum()
    return last in _CLOSING and after in _OPENING


@lru_cache(maxsize=4096)
def _is_within_a_word(cluster: str) -> bool:
    """Whether it is a letter or digit of a script that breaks at spaces: asking ICU would be a waste."""
    first = cluster[0]
    if not first.isalnum():
        return False
    if first.isdecimal() and ord(first) < 0x1000:
        return True
    name = unicodedata.name(first, "")
    return name.startswith(("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "HEBREW", "ARABIC", "DEVANAGARI"))


@lru_cache(maxsize=4096)
def _stands_alone(cluster: str) -> bool:
    """Whether a line may break on both sides of it, next to another such: ideographs and Korean syllables."""
    return len(cluster) == 1 and unicodedata.name(cluster, "").startswith(("CJK UNIFIED", "HANGUL SYLLABLE"))
