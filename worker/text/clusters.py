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


def cursive(line: str, *, has_latin: bool = False) -> list[bool]:
    """Of each character whether it is of a script whose letters join; spaces, digits and signs are of the script before
    them, or behind where there is none before.

    `has_latin` says whether the text around the line has Latin letters: French's narrow space is of Latin and Mongolian
    texts alone (Unicode's Script_Extensions). Where neither its line nor its text is Latin, Chromium takes it and the
    signs behind it to be Mongolian, which joins.
    """
    found: list[bool] = []
    waiting, is_narrow, before = 0, False, ""
    for character in line:
        if _is_letter(character):
            is_joined = _is_cursive(character)
            found += [is_joined or (is_narrow and not _is_latin(character))] * waiting + [is_joined]
            waiting, is_narrow, before = 0, False, character
        elif waiting or not before or (character == _NARROW_SPACE and not _is_latin(before)):
            waiting, is_narrow = waiting + 1, is_narrow or character == _NARROW_SPACE
        else:
            found.append(_is_cursive(before))
    return found + [is_narrow and not has_latin] * waiting


def is_latin(text: str) -> bool:
    """Whether it has a Latin letter."""
    return any(_is_letter(character) and _is_latin(character) for character in text)


def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith("LATIN")


def _is_letter(character: str) -> bool:
    """Arabic's own digits are of its script alone, and so tell it as letters do."""
    return unicodedata.category(character).startswith("L") or unicodedata.bidirectional(character) == "AN"


def _is_cursive(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in {"AL", "AN"}


def _extends(cluster: str, character: str) -> bool:
    """Whether a character goes with those before it."""
    is_flag = _is_regional(character) and len(cluster) == 1 and _is_regional(cluster)
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or character in _EXTENDING
    return is_mark or is_flag or cluster[-1] == _JOINER


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
