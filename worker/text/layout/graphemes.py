"""Grapheme clusters (UAX #29), and the characters of a line that belong to a cursive script."""

import unicodedata

import regex

_GRAPHEME = regex.compile(r"\X[\p{Cf}&&\p{Grapheme_Cluster_Break=Control}]*", regex.VERSION1)
"""An extended grapheme cluster: https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundaries

Unlike in UAX #29, an invisible format control (zero width space, soft hyphen, direction mark) belongs to the cluster
before it: it takes no letter spacing of its own."""

_LATIN = regex.compile(r"\p{Script=Latin}")

_NARROW_NO_BREAK_SPACE = "\u202f"


def split_graphemes(text: str) -> list[str]:
    """The user-perceived characters: a letter with its marks, a whole emoji sequence. Joined, they are the text."""
    return _GRAPHEME.findall(text)


def cursive_flags(line: str, *, has_latin: bool = False) -> list[bool]:
    """For each character whether it belongs to a script whose letters join. Spaces, digits and punctuation belong to
    the script of the letter before them; at the start of a line, to that of the letter after them.

    `has_latin` is whether the text around the line has Latin letters. French's narrow no-break space occurs in Latin
    and Mongolian texts alone (Unicode's Script_Extensions): where neither its line nor its text is Latin, Chromium
    takes it and the punctuation after it to be Mongolian, which is cursive.
    """
    flags: list[bool] = []
    pending, is_narrow, before = 0, False, ""
    for character in line:
        if _has_script(character):
            is_cursive = _is_cursive(character)
            flags += [is_cursive or (is_narrow and not contains_latin(character))] * pending + [is_cursive]
            pending, is_narrow, before = 0, False, character
        elif pending or not before or (character == _NARROW_NO_BREAK_SPACE and not contains_latin(before)):
            pending, is_narrow = pending + 1, is_narrow or character == _NARROW_NO_BREAK_SPACE
        else:
            flags.append(_is_cursive(before))
    return flags + [is_narrow and not has_latin] * pending


def contains_latin(text: str) -> bool:
    """Whether the text has a letter of the Latin script."""
    return _LATIN.search(text) is not None


def _has_script(character: str) -> bool:
    """Whether a character determines the script of its neighbors: a letter, or one of Arabic's own digits."""
    return unicodedata.category(character).startswith("L") or unicodedata.bidirectional(character) == "AN"


def _is_cursive(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in {"AL", "AN"}
