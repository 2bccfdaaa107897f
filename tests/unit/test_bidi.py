"""worker/text/layout/bidi.py: levels by the rules of UAX #9, and as ICU resolves them inside Skia."""

import random

import numpy as np
import pytest
import skia

from worker.job import Style, Text
from worker.text.fonts.catalog import bundled
from worker.text.layout.bidi import line_levels, resolve_levels
from worker.text.layout.text_box import lay_out
from worker.text.layout.typesetter import Typesetter

SIZE = 1080, 1920

HEBREW, ARABIC, ARABIC_DIGIT = "\u05d0", "\u062f", "\u0662"
LRE, RLE, PDF, LRO, RLO, LRI, RLI, FSI, PDI = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LRM, RLM, ALM = "\u200e\u200f\u061c"

ALPHABET = f"ab{HEBREW}\u05d1{ARABIC}\u0627{ARABIC_DIGIT}12 -.,+%()[]«!"
CONTROLS = LRE + RLE + PDF + LRO + RLO + LRI + RLI + FSI + PDI + LRM + RLM + ALM


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("none is right to left", "a 1 (b)", ""),
        ("X5", f"a{RLI}b{PDI}c", "00200"),
        ("X5c", f"{FSI}{LRI}a{PDI}{HEBREW}1{PDI}", "0121120"),
        ("X6a", f"a{PDI}{RLE}b{LRI}c{PDF}{PDI}{PDF}{HEBREW}", "0002122111"),
        ("W1", f"{HEBREW}\u05b0a", "110"),
        ("W2", f"{ARABIC}1{HEBREW}1", "1212"),
        ("W4", f"{HEBREW}1,2+3 4", "12222212"),
        ("W4, Arabic", f"{ARABIC}1,2+3", "122212"),
        ("W5", f"{HEBREW}%1$ $", "122200"),
        ("W7", f"{HEBREW}a1", "100"),
        ("N0, direction of the base", f"{HEBREW}(a){HEBREW}", "10001"),
        ("N0, direction before", f"{HEBREW}({HEBREW})a", "11110"),
        ("N0, nothing inside", f"{HEBREW}[.]a", "10000"),
        ("N0, marks", f"{HEBREW}({HEBREW})\u05b0a", "111110"),
        ("N0, other shape", f"{HEBREW}\u2329{HEBREW}\u3009a", "11110"),
        ("N1", f"{HEBREW}!1!a", "11200"),
        ("a separator ends the paragraph", f"{HEBREW}\u00851", "100"),
    ],
)
def test_levels_follow_the_rules(rule: str, text: str, expected: str) -> None:
    assert "".join(map(str, resolve_levels(text))) == expected, rule


def test_spaces_at_the_end_of_a_line_are_left_to_right() -> None:
    assert line_levels((1, 1, 1, 1, 1), f"{HEBREW} {HEBREW} {PDI}") == (1, 1, 1, 0, 0)
    assert line_levels((1, 1), " \u2003") == ()


def test_skia_sets_a_line_as_it_is_if_its_levels_are_given() -> None:
    """A line that is a whole paragraph: ICU, inside Skia, resolves the same levels."""
    rng = random.Random(9)  # noqa: S311  cases, not secrets
    typesetter = Typesetter(Style(font_size=24), bundled())
    reordered = 0
    for _ in range(300):
        text = "".join(rng.choices(ALPHABET + CONTROLS * (rng.random() < 0.5), k=rng.randrange(2, 16)))
        levels = line_levels(resolve_levels(text), text)
        reordered += len(set(levels)) > 1
        assert np.array_equal(_picture(typesetter, text, levels), _picture(typesetter, text, ())), ascii(text)
    assert reordered > 200


def _picture(typesetter: Typesetter, text: str, levels: tuple[int, ...]) -> np.ndarray:
    pixels = np.zeros((40, 400, 4), np.uint8)
    ink = skia.Paint(Color=skia.ColorWHITE)
    typesetter.paragraph(text, ink, ink, levels=levels).paint(skia.Canvas(pixels), 0, 0)
    return pixels


def test_a_right_to_left_beginning_is_revealed_from_the_right() -> None:
    layout = lay_out(Text(content=f"{HEBREW * 4} 12 {HEBREW}. Hotel", style=Style(font_size=40)), SIZE, bundled())
    (whole,) = layout.content_box.lines
    (beginning,) = layout.typesetter.revealed_lines(layout.content_box, 3 / len(whole.text))
    (half,) = layout.typesetter.revealed_lines(layout.content_box, 10 / len(whole.text))
    from_right = layout.typesetter.measure(whole.text[:9])
    assert beginning.text == HEBREW * 3
    assert beginning.left + layout.typesetter.advance(beginning) == pytest.approx(whole.left + from_right, abs=0.5)
    assert (half.left, half.levels) == (whole.left, whole.levels[: len(half.text)])
