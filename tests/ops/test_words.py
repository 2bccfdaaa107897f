"""Numbers with their nouns: no `1 days`."""

from ops.words import count


def test_singular_and_plural() -> None:
    assert [count(number, "day") for number in (0, 1, 1.0, 2, 0.5)] == [
        "0 days",
        "1 day",
        "1 day",
        "2 days",
        "0.5 days",
    ]
    assert count(27_200, "job") == "27,200 jobs"
    assert [count(number, "reply", "replies") for number in (1, 2)] == ["1 reply", "2 replies"]
