"""worker/text/punctuation.py: which Chinese and Japanese signs move together; the browser's word is in tests/golden."""

import pytest

from worker.text.punctuation import may_give_way, stretches


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
def test_signs_that_meet_move_together(text: str, expected: list[str]) -> None:
    assert list(stretches(text)) == expected


def test_a_bracket_gives_way_at_the_end_of_a_line() -> None:
    assert [may_give_way(line) for line in ("海」", "海、", "海", "(a)", "")] == [True, False, False, False, False]
