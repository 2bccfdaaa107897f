"""worker/lines.py by value, with letters of 10 pixels."""

import re

import pytest

from worker.text.lines import FontHeights, Lines, arrange, wrap

ROBOTO_80 = FontHeights.rounded(74.2, 19.5, 0.0)


def measure(line: str) -> float:
    return 10.0 * len(line)


def words(text: str) -> list[str]:
    return re.split("(?<= )", text)


def lay(
    content: str,
    *,
    line_height: float | None = None,
    max_width: float | None = None,
    align: str = "center",
    fonts: tuple[FontHeights, ...] = (ROBOTO_80,),
) -> Lines:
    return arrange(content, measure, lambda _: fonts, words, line_height=line_height, max_width=max_width, align=align)


def test_a_line_is_as_high_as_its_font_asks() -> None:
    box = lay("hello")
    assert (box.width, box.height, box.lines[0].baseline) == (50.0, 94.0, 74.0)


def test_a_given_line_height_puts_half_of_the_rest_above_rounded_down() -> None:
    box = lay("hello", line_height=97.0)
    assert (box.height, box.lines[0].baseline) == (97.0, 75.0)
    assert lay("hello", line_height=79.0).lines[0].baseline == 74 - 8


def test_a_taller_font_in_the_line_makes_the_line_taller() -> None:
    tall = FontHeights(90, 10, 0)
    assert lay("x", fonts=(ROBOTO_80, tall)).height == 90 + 20
    assert lay("x", fonts=(ROBOTO_80, tall), line_height=94).height == 94


def test_lines_break_where_the_content_does_and_spaces_collapse() -> None:
    box = lay("  one   two \r\n\nthree")
    assert [line.text for line in box.lines] == ["one two", "", "three"]
    assert box.height == 3 * 94
    assert [line.left for line in box.lines] == [0.0, 35.0, 10.0]


def test_unicodes_own_separators_are_spaces() -> None:
    assert [line.text for line in lay("ab\u2028c\u2029\n d").lines] == ["ab c", "d"]


@pytest.mark.parametrize(("align", "lefts"), [("left", [0, 0]), ("right", [0, 20]), ("center", [0, 10])])
def test_lines_are_aligned(align: str, lefts: list[float]) -> None:
    assert [line.left for line in lay("three\none", align=align).lines] == lefts


@pytest.mark.parametrize("align", ["left", "right", "center", "justify"])
def test_a_line_that_is_too_long_begins_at_the_left(align: str) -> None:
    box = lay("incomparablement beau", max_width=60.0, align=align)
    assert [line.text for line in box.lines] == ["incomparablement", "beau"]
    assert box.lines[0].left == 0
    assert box.lines[0].widening == 0


def test_a_wrapped_box_is_as_wide_as_its_maximum() -> None:
    box = lay("one two three", max_width=95.0)
    assert [line.text for line in box.lines] == ["one two", "three"]
    assert box.width == 95.0
    assert lay("one two", max_width=95.0).width == 70.0


def test_justified_lines_but_the_last_fill_the_box() -> None:
    box = lay("a b c d e f", max_width=60.0, align="justify")
    assert [(line.text, line.widening) for line in box.lines] == [("a b c", 5.0), ("d e f", 0.0)]


def test_lines_are_filled_and_a_long_word_overflows() -> None:
    assert wrap(["incomparablement ", "beau"], measure, 60.0) == ["incomparablement", "beau"]
    assert wrap(["petit-", "déjeuner"], measure, 90.0) == ["petit-", "déjeuner"]
    assert wrap(["a ", "b ", "c ", "d"], measure, 30.0) == ["a b", "c d"]
