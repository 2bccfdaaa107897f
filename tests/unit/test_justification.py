"""worker/text/justification.py: where a justified line is widened; the browser's word is in tests/golden."""

import pytest

from worker.text.justification import places, stretches


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("à la mer", ["à ", "la ", "mer"]),
        ("99\u00a0€ la\u202fnuit", ["99\u00a0", "€ ", "la\u202fnuit"]),
        ("欢迎，Hotel", ["欢", "迎", "，", "Hotel"]),
        ("vue 🌊🇫🇷 mer", ["vue ", "🌊", "🇫🇷", " ", "mer"]),
        ("Spa★Bar", ["Spa", "★", "Bar"]),
        ("호텔에 오신", ["호텔에 ", "오신"]),
        ("mer", ["mer"]),
    ],
)
def test_a_line_is_widened_at_spaces_and_beside_what_stands_alone(line: str, expected: list[str]) -> None:
    assert stretches(line) == expected


def test_a_line_is_not_widened_before_it_or_behind_it() -> None:
    assert places("海の") == [1]
    assert places("海") == []
