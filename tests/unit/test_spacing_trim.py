"""worker/text/layout/spacing_trim.py: which Chinese and Japanese punctuation is trimmed, as in a browser."""

import pytest

from worker.text.layout.spacing_trim import is_end_trimmable, split_at_trims


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("「海」、「山」。", ["「海」", "、", "「山」", "。"]),
        ("（（海））", ["（", "（海）", "）"]),
        ("海：「山」", ["海：", "「山」"]),
        ("海・「山」・「", ["海・", "「山」", "・", "「"]),
        ("（海）！", ["（海）！"]),
        ("(oui), « non »", ["(oui), « non »"]),
        ("", [""]),
    ],
)
def test_spacing_is_trimmed_between_adjacent_signs(text: str, expected: list[str]) -> None:
    assert list(split_at_trims(text)) == expected


def test_a_bracket_is_trimmed_at_the_end_of_a_line() -> None:
    assert [is_end_trimmable(line) for line in ("海」", "海、", "海", "(a)", "")] == [True, False, False, False, False]
