"""worker/text/layout/graphemes.py: grapheme clusters and cursive scripts."""

import pytest

from worker.text.layout.graphemes import contains_latin, cursive_flags, split_graphemes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("été", ["é", "t", "é"]),
        ("e\u0301a", ["e\u0301", "a"]),
        ("ต้อน", ["ต้", "อ", "น"]),
        ("น้ำ", ["น้ำ"]),
        ("🇫🇷🇮🇹a", ["🇫🇷", "🇮🇹", "a"]),
        ("👍🏽👨‍👩‍👧", ["👍🏽", "👨‍👩‍👧"]),
        ("❤️1️⃣", ["❤️", "1️⃣"]),
        ("क्षत्रिय", ["क्ष", "त्रि", "य"]),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", ["\u1112\u1161\u11ab", "\u1100\u1173\u11af"]),
        ("a\u200bb\u200f!", ["a\u200b", "b\u200f", "!"]),
        ("", []),
    ],
)
def test_a_grapheme_is_a_letter_with_its_marks(text: str, expected: list[str]) -> None:
    assert split_graphemes(text) == expected


def test_spaces_and_digits_are_of_the_script_before_them() -> None:
    assert cursive_flags("في 1 a 2") == [True] * 5 + [False] * 3
    assert cursive_flags("1 في") == [True] * 4
    assert not any(cursive_flags("ברוכים Hôtel"))


def test_a_narrow_space_is_latin_or_mongolian() -> None:
    """Mongolian is cursive: Chromium adds no letter spacing to such a price."""
    assert not any(cursive_flags("1 299 €") + cursive_flags("dès 1\u202f299\u202f€"))
    assert cursive_flags("1\u202f€") == [True] * 3
    assert cursive_flags("1\u202f€", has_latin=True) == [False] * 3
    assert cursive_flags("Да\u202f: oui") == [False] * 8
    assert cursive_flags("Да\u202f: да") == [False] * 2 + [True] * 3 + [False] * 2
    assert cursive_flags("Да\u202f!") == [False] * 2 + [True] * 2


@pytest.mark.parametrize(("text", "expected"), [("1 Nuit", True), ("２Ａ", True), ("1 ночь €", False), ("夏", False)])
def test_latin_letters_are_of_the_latin_script(text: str, expected: bool) -> None:
    assert contains_latin(text) is expected
