"""Justification opportunities of a line: after spaces, and on both sides of ideographs and symbols.

As Chromium counts them: a space, also a no-break space; an ideograph, a kana, a wide symbol, an emoji, but only once
between two of them, and neither at the start nor at the end of a line.
https://www.w3.org/TR/css-text-3/#justification-opportunity
"""

import unicodedata
from itertools import accumulate

from worker.text.layout.graphemes import split_graphemes

WORD_SEPARATORS = " \u00a0"

_SYMBOLS = "★☆☀☁☂☃\ufe0f"
_SYMBOL_RANGES = ("①", "⓿"), ("\U0001f1e6", "\U0001f1ff")
"""Symbols, circled letters and flags that Chromium treats like those that Unicode says are wide (UAX #11). Hangul is
wide, but its words have spaces between them."""


def opportunities(line: str) -> list[int]:
    """The positions after which the line may be expanded."""
    return list(accumulate(len(part) for part in split_at_opportunities(line)))[:-1]


def split_at_opportunities(line: str) -> list[str]:
    """The line split wherever it may be expanded."""
    parts = [""]
    for cluster in split_graphemes(line):
        is_ideograph = any(_is_ideograph_or_symbol(character) for character in cluster)
        if is_ideograph and parts[-1]:
            parts.append("")
        parts[-1] += cluster
        if is_ideograph or cluster in WORD_SEPARATORS:
            parts.append("")
    return [part for part in parts if part]


def _is_ideograph_or_symbol(character: str) -> bool:
    is_wide = unicodedata.east_asian_width(character) in {"W", "F"}
    is_hangul = unicodedata.name(character, "").startswith("HANGUL")
    is_symbol = character in _SYMBOLS or any(first <= character <= last for first, last in _SYMBOL_RANGES)
    return (is_wide and not is_hangul) or is_symbol
