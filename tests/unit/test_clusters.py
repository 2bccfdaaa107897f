"""worker/text/clusters.py: what letter spacing stands between."""

import pytest

from worker.text.clusters import clusters, cursive


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
        ("", []),
    ],
)
def test_a_letter_keeps_its_marks(text: str, expected: list[str]) -> None:
    assert list(clusters(text)) == expected


def test_spaces_and_digits_are_of_the_script_before_them() -> None:
    assert cursive("في 1 a 2") == [True] * 5 + [False] * 3
    assert cursive("1 في") == [True] * 4
    assert not any(cursive("ברוכים Hôtel"))


def test_a_narrow_space_is_latin_or_mongolian() -> None:
    """And Mongolian letters join: such a price isn't spaced by Chromium."""
    assert not any(cursive("1 299 €") + cursive("dès 1\u202f299\u202f€"))
    assert cursive("1\u202f€") == [True] * 3
    assert cursive("1\u202f€", has_latin=True) == [False] * 3
    assert cursive("Да\u202f: oui") == [False] * 8
    assert cursive("Да\u202f: да") == [False] * 2 + [True] * 3 + [False] * 2
    assert cursive("Да\u202f!") == [False] * 2 + [True] * 2
