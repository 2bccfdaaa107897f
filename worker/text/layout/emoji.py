"""Itemizes a line into text presentation and emoji presentation (UTS #51).

The two are drawn separately: a color glyph must not be tinted with the text's color. As in a browser, the sequence
decides, not the character: U+2764 alone is a text heart, with U+FE0F it is an emoji.
"""

from collections.abc import Callable
from typing import NamedTuple

import regex

_PICTOGRAPH = r"[\p{Emoji}&&\p{Extended_Pictographic}]"
"""An emoji character, except the digits of keycaps and the letters of flags."""

_ZWJ_ELEMENT = rf"{_PICTOGRAPH}\ufe0f?\p{{Emoji_Modifier}}?"

_EMOJI_RUN = regex.compile(
    "(?:"
    r"\p{Regional_Indicator}{2}"  # a country's flag
    r"|[0-9#*]\ufe0f?\u20e3"  # a keycap
    r"|\U0001f3f4[\U000e0020-\U000e007f]+"  # a region's flag
    rf"|{_ZWJ_ELEMENT}(?:\u200d{_ZWJ_ELEMENT})+"
    rf"|(?:\p{{Emoji_Presentation}}\ufe0f?|{_PICTOGRAPH}\ufe0f|\p{{Emoji_Modifier_Base}}\p{{Emoji_Modifier}})(?!\ufe0e)"
    ")+",
    regex.VERSION1,
)
"""Emoji sequences: https://www.unicode.org/reports/tr51/#def_emoji_sequence"""


class PresentationRun(NamedTuple):
    """A part of one line that is drawn either as text or as emoji."""

    text: str
    is_emoji: bool


def split_presentations(line: str, is_text: Callable[[str], bool]) -> tuple[PresentationRun, ...]:
    """Split a line into runs of text and of emoji. Outside emoji sequences, `is_text` decides per character: a text
    heart that only the emoji font has is drawn as an emoji."""
    runs: list[PresentationRun] = []
    position = 0
    for match in _EMOJI_RUN.finditer(line):
        runs.extend(_split_by_font(line[position : match.start()], is_text))
        runs.append(PresentationRun(match[0], is_emoji=True))
        position = match.end()
    runs.extend(_split_by_font(line[position:], is_text))
    return tuple(runs)


def _split_by_font(text: str, is_text: Callable[[str], bool]) -> list[PresentationRun]:
    runs: list[PresentationRun] = []
    for character in text:
        is_emoji = not is_text(character)
        if runs and runs[-1].is_emoji == is_emoji:
            runs[-1] = PresentationRun(runs[-1].text + character, is_emoji)
        else:
            runs.append(PresentationRun(character, is_emoji))
    return runs
