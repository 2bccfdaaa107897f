"""Which parts of a text are colour emoji.

They are drawn apart from letters: a colour glyph must not be tinted with the text's colour. A browser decides by
sequence, not by character: U+2764 alone is a text heart, with U+FE0F it is an emoji.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

_PRESENTATION = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd"
    "\u26be\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e"
    "\u2753-\u2755\u2757\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
    "\U0001f004\U0001f0cf\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f21a\U0001f22f\U0001f232-\U0001f236"
    "\U0001f238-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f6ff\U0001f7e0-\U0001f7eb\U0001f90c-\U0001faff"
)
"""Emoji_Presentation of https://unicode.org/Public/emoji/latest/emoji-data.txt, its planes of pictographs rounded up:
no text font of ours has those."""

_MODIFIER = "[\U0001f3fb-\U0001f3ff]"
_ELEMENT = f"(?:[{_PRESENTATION}]\ufe0f?{_MODIFIER}?|[\u00a9-\u3299]\ufe0f|[\u261d\u26f9\u270c\u270d]{_MODIFIER})"
_SEQUENCE = re.compile(
    "(?:"
    "[\U0001f1e6-\U0001f1ff]{2}"  # a country's flag
    "|[0-9#*]\ufe0f?\u20e3"  # a keycap
    "|\U0001f3f4[\U000e0020-\U000e007f]+"  # a region's flag
    f"|{_ELEMENT}(?!\ufe0e)(?:\u200d(?:{_ELEMENT}|[\u2640\u2642\u2695\u2696\u2708\u2764]))*"
    ")+"
)


class Run(NamedTuple):
    """A stretch of one line that is drawn alike."""

    text: str
    is_emoji: bool


def split(line: str, is_text: Callable[[str], bool]) -> tuple[Run, ...]:
    """Split a line into text and emoji. Outside of emoji sequences, `is_text` decides
    by character: a text heart that only the emoji font has is drawn as emoji."""
    runs: list[Run] = []
    position = 0
    for match in _SEQUENCE.finditer(line):
        runs.extend(_by_font(line[position : match.start()], is_text))
        runs.append(Run(match[0], is_emoji=True))
        position = match.end()
    runs.extend(_by_font(line[position:], is_text))
    return tuple(runs)


def _by_font(text: str, is_text: Callable[[str], bool]) -> list[Run]:
    runs: list[Run] = []
    for character in text:
        is_emoji = not is_text(character)
        if runs and runs[-1].is_emoji == is_emoji:
            runs[-1] = Run(runs[-1].text + character, is_emoji)
        else:
            runs.append(Run(character, is_emoji))
    return runs
