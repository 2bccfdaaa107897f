"""worker/text/clusters.py: what letter spacing stands between."""

import pytest

from worker.text.clusters import clusters


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
    assert [cluster for cluster, _ in clusters(text)] == expected


def test_spaces_and_digits_are_of_the_script_before_them() -> None:
    assert [is_cursive for _, is_cursive in clusters("في 1 a 2")] == [True] * 4 + [True] + [False] * 3
    assert [is_cursive for _, is_cursive in clusters("1 في")] == [True] * 4
    assert not any(is_cursive for _, is_cursive in clusters("ברוכים Hôtel"))
