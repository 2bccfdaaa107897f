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


def test_a_narrow_space_is_of_any_script() -> None:
    """And of a joined one where no letter tells: such a price isn't spaced by Chromium."""
    assert not any(cursive("1 299 €") + cursive("dès 1\u202f299\u202f€"))
    assert all(cursive("1\u202f299\u202f€"))
