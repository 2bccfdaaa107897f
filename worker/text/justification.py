"""Where a justified line is widened: at spaces, and on both sides of what stands alone.

As Chromium counts: a space, also one that doesn't break; an ideograph, a kana, a wide sign, an emoji, but once between
two of them, and neither before a line nor behind it. https://www.w3.org/TR/css-text-3/#justification-opportunity
"""

import unicodedata
from itertools import accumulate

from worker.text.clusters import clusters

SPACES = " \u00a0"

_STANDING_ALONE = "★☆☀☁☂☃\ufe0f"
_RANGES = ("①", "⓿"), ("\U0001f1e6", "\U0001f1ff")
"""Signs, circled ones and flags, beside those that Unicode says to be wide (UAX #11), Hangul apart, whose words have
spaces between them."""


def places(line: str) -> list[int]:
    """The positions behind which the line is widened."""
    return list(accumulate(len(stretch) for stretch in stretches(line)))[:-1]


def stretches(line: str) -> list[str]:
    """The line cut wherever it is widened."""
    cut = [""]
    for cluster in clusters(line):
        stands_alone = any(_stands_alone(character) for character in cluster)
        if stands_alone and cut[-1]:
            cut.append("")
        cut[-1] += cluster
        if stands_alone or cluster in SPACES:
            cut.append("")
    return [stretch for stretch in cut if stretch]


def _stands_alone(character: str) -> bool:
    is_wide = unicodedata.east_asian_width(character) in {"W", "F"}
    is_hangul = unicodedata.name(character, "").startswith("HANGUL")
    is_listed = character in _STANDING_ALONE or any(first <= character <= last for first, last in _RANGES)
    return (is_wide and not is_hangul) or is_listed
