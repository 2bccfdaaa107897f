"""worker/text/layout/justify.py: justification opportunities; tests/golden compares them with the browser."""

import pytest

from worker.text.layout.justify import opportunities, split_at_opportunities


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
def test_opportunities_are_at_spaces_and_beside_ideographs(line: str, expected: list[str]) -> None:
    assert split_at_opportunities(line) == expected


def test_there_is_no_opportunity_at_the_ends_of_a_line() -> None:
    assert opportunities("海の") == [1]
    assert opportunities("海") == []
