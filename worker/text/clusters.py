"""What a reader counts as a character, and which are of a script that is written joined.

Unicode's grapheme clusters as far as our fonts have them: https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries
"""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"

_EXTENDING = "\u0e33\u0eb3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""Letters and symbols that go with what is before them: Thai and Lao am, and skin tones."""


_NARROW_SPACE = "\u202f"


def clusters(text: str) -> Iterator[str]:
    """What a reader counts as a character: a letter with its marks, an emoji sequence."""
    cluster = ""
    for character in text:
        if cluster and not _extends(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def cursive(line: str) -> list[bool]:
    """Of each character whether it is of a script whose letters join; spaces, digits and signs are of the script before
    them, or behind. Without any letter, the narrow space is Mongolian: Unicode's Script_Extensions has it in Latin and
    Mongolian texts, and Chromium then takes the latter."""
    first = next((character for character in line if _is_letter(character)), None)
    is_cursive = _NARROW_SPACE in line if first is None else _is_cursive(first)
    found: list[bool] = []
    for character in line:
        if _is_letter(character):
            is_cursive = _is_cursive(character)
        found.append(is_cursive)
    return found


def _is_letter(character: str) -> bool:
    return unicodedata.category(character).startswith("L")


def _is_cursive(letter: str) -> bool:
    return unicodedata.bidirectional(letter) == "AL"


def _extends(cluster: str, character: str) -> bool:
    """Whether a character goes with those before it."""
    is_flag = _is_regional(character) and len(cluster) == 1 and _is_regional(cluster)
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or character in _EXTENDING
    return is_mark or is_flag or cluster[-1] == _JOINER


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
