"""worker/text/layout/line_boxes.py by value, with letters of 10 pixels."""

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.text.layout.line_boxes import ContentBox, FontMetrics, lay_out_lines
from worker.text.layout.line_wrap import wrap

ROBOTO_80 = FontMetrics.rounded(74.2, 19.5, 0.0)


def width_of(line: str) -> float:
    return 10.0 * len(line.replace("\u00ad", ""))


@dataclass(frozen=True)
class Measurer:
    """Breaks at spaces; every line is set in the same fonts."""

    fonts: tuple[FontMetrics, ...]
    hyphen: str = "-"

    def segments(self, text: str) -> list[str]:
        return re.split("(?<=[ \u00ad])", text)

    def measure(self, line: str, levels: tuple[int, ...] = ()) -> float:  # noqa: ARG002  the protocol
        return width_of(line)

    def end_trim(self, line: str) -> float:
        return 5.0 if line.endswith("」") else 0.0

    def font_metrics(self, line: str) -> tuple[FontMetrics, ...]:
        return self.fonts if line else self.fonts[:1]


def lay_out(
    content: str,
    *,
    line_height: float | None = None,
    max_width: float | None = None,
    align: str = "center",
    fonts: tuple[FontMetrics, ...] = (ROBOTO_80,),
) -> ContentBox:
    return lay_out_lines(content, Measurer(fonts), line_height=line_height, max_width=max_width, align=align)


def test_a_line_is_as_high_as_its_font() -> None:
    box = lay_out("hello")
    assert (box.width, box.height, box.lines[0].baseline) == (50.0, 94.0, 74.0)


def test_half_of_the_leading_is_above_rounded_down() -> None:
    box = lay_out("hello", line_height=97.0)
    assert (box.height, box.lines[0].baseline) == (97.0, 75.0)
    assert lay_out("hello", line_height=79.0).lines[0].baseline == 74 - 8


def test_a_taller_font_in_the_line_makes_the_line_taller() -> None:
    tall = FontMetrics(90, 10, 0)
    assert lay_out("x", fonts=(ROBOTO_80, tall)).height == 90 + 20
    assert lay_out("x", fonts=(ROBOTO_80, tall), line_height=94).height == 94


def test_lines_break_where_the_content_does_and_spaces_collapse() -> None:
    box = lay_out("  one   two \r\n\nthree")
    assert [line.text for line in box.lines] == ["one two", "", "three"]
    assert box.height == 3 * 94
    assert [line.left for line in box.lines] == [0.0, 35.0, 10.0]


def test_unicodes_line_separators_are_spaces() -> None:
    assert [line.text for line in lay_out("ab\u2028c\u2029\n d").lines] == ["ab c", "d"]


@pytest.mark.parametrize(("align", "lefts"), [("left", [0, 0]), ("right", [0, 20]), ("center", [0, 10])])
def test_lines_are_aligned(align: str, lefts: list[float]) -> None:
    assert [line.left for line in lay_out("three\none", align=align).lines] == lefts


@pytest.mark.parametrize("align", ["left", "right", "center", "justify"])
def test_a_line_that_is_too_long_begins_at_the_left(align: str) -> None:
    box = lay_out("incomparablement beau", max_width=60.0, align=align)
    assert [line.text for line in box.lines] == ["incomparablement", "beau"]
    assert box.lines[0].left == 0
    assert box.lines[0].expansion == 0


def test_a_wrapped_box_is_as_wide_as_its_maximum() -> None:
    box = lay_out("one two three", max_width=95.0)
    assert [line.text for line in box.lines] == ["one two", "three"]
    assert box.width == 95.0
    assert lay_out("one two", max_width=95.0).width == 70.0


def test_justified_lines_except_the_last_fill_the_box() -> None:
    box = lay_out("a b c d e f", max_width=60.0, align="justify")
    assert [(line.text, line.expansion) for line in box.lines] == [("a b c", 5.0), ("d e f", 0.0)]


def test_lines_are_filled_and_a_long_word_overflows() -> None:
    assert wrap(["incomparablement ", "beau"], width_of, 60.0) == ["incomparablement ", "beau"]
    assert wrap(["petit-", "déjeuner"], width_of, 90.0) == ["petit-", "déjeuner"]
    assert wrap(["a ", "b ", "c ", "d"], width_of, 30.0) == ["a b ", "c d"]


@given(st.lists(st.text("ab ", min_size=1, max_size=9), max_size=80), st.floats(1, 900))
@settings(max_examples=200, derandomize=True, database=None, deadline=None)
def test_lines_break_where_measuring_after_every_segment_would_break_them(
    segments: list[str], max_width: float
) -> None:
    expected = [""]
    for segment in segments:
        if expected[-1] and width_of((expected[-1] + segment).rstrip(" ")) > max_width + 1 / 64:
            expected.append("")
        expected[-1] += segment
    assert wrap(segments, width_of, max_width) == expected


def test_a_soft_hyphen_shows_where_a_line_ends_at_it() -> None:
    def texts(content: str, max_width: float | None) -> list[str]:
        return [line.text.replace("\u00ad", "") for line in lay_out(content, max_width=max_width).lines]

    assert texts("Grand\u00adhotel\u00ad\nam\u00ad See\u00ad", None) == ["Grandhotel", "am See"]
    assert texts("Grand\u00adhotel", 10 * len("Grandhotel")) == ["Grandhotel"]
    assert texts("Grand\u00adhotel", 10 * len("Grandhote")) == ["Grand-", "hotel"]
    assert texts("am Grand\u00adhotel", 10 * len("am Grand")) == ["am", "Grand-", "hotel"]
    assert texts("Grand\u00adhotel", 10) == ["Grand-", "hotel"]
    assert texts("a\u00adb\u00adc!", 20) == ["a-", "b-", "c!"]
    assert texts("ab\u00ad cd", 30) == ["ab-", "cd"]


def test_letters_fit_where_a_wider_hyphen_would_not() -> None:
    widths = {"i": 2.0, "-": 10.0}
    wrapped = wrap(["Hall\u00ad", "i\u00ad", "i"], lambda line: sum(widths.get(letter, 5.0) for letter in line), 30.0)
    assert wrapped == ["Hall\u00adi\u00adi"]


def test_levels_are_those_of_the_paragraph() -> None:
    arabic, digits = "\u0627\u0628 ", "12"
    lines = lay_out(arabic + digits, max_width=30.0).lines
    assert [(line.text, line.levels) for line in lines] == [(arabic.strip(), (1, 1)), (digits, (2, 2))]
    assert [line.levels for line in lay_out(f"{arabic}\n{digits}").lines] == [(1, 1), ()]
    hyphenated = lay_out(f"{digits} {arabic.strip()}\u00ad{arabic}", max_width=60.0).lines
    assert [line.levels for line in hyphenated] == [(0, 0, 0, 1, 1, 1, 1), (1, 1)]


def test_a_long_line_is_measured_seldom() -> None:
    measured: list[str] = []

    def counted(line: str) -> float:
        measured.append(line)
        return width_of(line)

    assert len(wrap(["x"] * 2_000, counted, 100_000.0)) == 1
    assert len(measured) < 30


def test_an_end_is_trimmed_where_the_line_would_be_too_long() -> None:
    assert [(line.text, line.width) for line in lay_out("a b」 c", max_width=35.0).lines] == [
        ("a b」", 35.0),
        ("c", 10.0),
    ]
    assert lay_out("a b」", max_width=40.0).lines[0].width == 40.0
