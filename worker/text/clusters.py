"""What a reader counts as a character, and which scripts are written joined.

Unicode's grapheme clusters as far as our fonts have them: https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries
"""

import unicodedata
from collections.abc import Iterator

_JOINER = "\u200d"

_EXTENDING = "\u0e33\u0eb3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""Letters and symbols that go with what is before them: Thai and Lao am, and skin tones."""


def clusters(text: str) -> Iterator[tuple[str, bool]]:
    """What a reader counts as a character (a letter with its marks, an emoji sequence), and whether it is of a script
    whose letters join; spaces, digits and signs are of the script before them."""
    letters = [character for character in text if unicodedata.category(character).startswith("L")]
    is_cursive = bool(letters) and _is_cursive(letters[0])
    cluster = ""
    for character in text:
        if cluster and not _extends(cluster, character):
            yield cluster, is_cursive
            cluster = ""
        cluster += character
        if unicodedata.category(character).startswith("L"):
            is_cursive = _is_cursive(character)
    if cluster:
        yield cluster, is_cursive


def _is_cursive(letter: str) -> bool:
    return unicodedata.bidirectional(letter) == "AL"


def _extends(cluster: str, character: str) -> bool:
    """Whether a character goes with those before it."""
    is_flag = _is_regional(character) and len(cluster) == 1 and _is_regional(cluster)
    is_mark = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or character in _EXTENDING
    return is_mark or is_flag or cluster[-1] == _JOINER


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
