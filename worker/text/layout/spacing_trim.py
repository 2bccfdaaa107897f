"""Trims the spacing of fullwidth Chinese and Japanese punctuation, half of whose glyph is empty.

Where two such signs are adjacent, a browser removes one half; so it does at the end of a line that would be too long
otherwise. https://www.w3.org/TR/css-text-4/#text-spacing-trim-property
"""

import unicodedata
from collections.abc import Iterator

_FULLWIDTH_STOPS = "、。，．：；"
_FULLWIDTH_MIDDLE_DOTS = "・·\u3000"

TRIM_EM = 0.5
"""Width that is trimmed, as a share of the font size: half of a fullwidth sign."""


def split_at_trims(text: str) -> Iterator[str]:
    """The text split wherever the spacing between two signs is trimmed."""
    start = 0
    for position in range(1, len(text)):
        if _is_trimmed_between(text[position - 1], text[position]):
            yield text[start:position]
            start = position
    yield text[start:]


def is_end_trimmable(line: str) -> bool:
    """Whether a line that is too long may lose the empty half of its last sign: a bracket, not a stop."""
    return bool(line) and _is_fullwidth_closing(line[-1]) and line[-1] not in _FULLWIDTH_STOPS


def _is_trimmed_between(before: str, after: str) -> bool:
    """Chromium's behavior, found by measuring all pairs."""
    if _is_fullwidth_opening(after):
        is_after_bracket = _is_fullwidth_opening(before) or _is_fullwidth_closing(before)
        return is_after_bracket or before in _FULLWIDTH_MIDDLE_DOTS
    return _is_fullwidth_closing(before) and (_is_fullwidth_closing(after) or after in _FULLWIDTH_MIDDLE_DOTS)


def _is_fullwidth_opening(character: str) -> bool:
    return _is_fullwidth(character) and unicodedata.category(character) == "Ps"


def _is_fullwidth_closing(character: str) -> bool:
    is_bracket = _is_fullwidth(character) and unicodedata.category(character) == "Pe"
    return character in _FULLWIDTH_STOPS or is_bracket


def _is_fullwidth(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
