"""Chinese and Japanese signs that give way to each other: each is as wide as a letter, and half of it is empty.

Where two meet, a browser leaves one half out; and so it does at the end of a line that would be too long otherwise.
https://www.w3.org/TR/css-text-4/#text-spacing-trim-property
"""

import unicodedata
from collections.abc import Iterator

_PAUSES = "、。，．：；"
_MIDDLE = "・·\u3000"

GIVEN_WAY = 0.5
"""Of the font's size: half of a sign."""


def stretches(text: str) -> Iterator[str]:
    """The text cut wherever two signs move together."""
    start = 0
    for position in range(1, len(text)):
        if _meet(text[position - 1], text[position]):
            yield text[start:position]
            start = position
    yield text[start:]


def may_give_way(line: str) -> bool:
    """Whether a line that is too long may be without its last sign's second half: a bracket, no pause."""
    return bool(line) and _closes(line[-1]) and line[-1] not in _PAUSES


def _meet(before: str, after: str) -> bool:
    """As Chromium has it, found by measuring all pairs."""
    if _opens(after):
        return _opens(before) or _closes(before) or before in _MIDDLE
    return _closes(before) and (_closes(after) or after in _MIDDLE)


def _opens(character: str) -> bool:
    return _is_wide(character) and unicodedata.category(character) == "Ps"


def _closes(character: str) -> bool:
    return character in _PAUSES or (_is_wide(character) and unicodedata.category(character) == "Pe")


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
