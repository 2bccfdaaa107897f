"""Texts compared with Chromium's painting of the same HTML and CSS, pixel by pixel."""

from functools import cache

import pytest
import regex

from tests.golden import browser
from tests.golden.likeness import Likeness, Pixels, compare
from tests.golden.text_cases import CASES, Case
from tests.golden.worker_pixels import WIDTH, worker_pixels
from worker.job import Position, Text
from worker.job.style import parse_style
from worker.text.fonts.catalog import bundled

HEIGHT = 480


def ours(case: Case) -> Pixels:
    """The worker's painting over mid-gray."""
    style, warnings = parse_style(case.style, "")
    assert not warnings
    text = Text(content=case.content, position=Position(x=case.x, y=case.y), style=style, max_width=case.max_width)
    return worker_pixels(text, bundled(), HEIGHT)


def css(case: Case) -> dict[str, str]:
    """The editor's style object as the CSS that its preview applies."""
    names = {
        "color": "color",
        "fontFamily": "font-family",
        "fontWeight": "font-weight",
        "fontStyle": "font-style",
        "textShadow": "text-shadow",
        "webkitTextStroke": "-webkit-text-stroke",
        "lineHeight": "line-height",
        "textAlign": "text-align",
        "opacity": "opacity",
        "padding": "padding",
        "textDecoration": "text-decoration",
        "textTransform": "text-transform",
    }
    rules = {rule: str(case.style[name]) for name, rule in names.items() if name in case.style}
    for name, rule in (
        ("fontSize", "font-size"),
        ("letterSpacing", "letter-spacing"),
        ("borderRadius", "border-radius"),
    ):
        if name in case.style:
            rules[rule] = f"{str(case.style[name]).removesuffix('px')}px"
    if "backgroundColor" in case.style:
        background = parse_style(case.style, "")[0].background
        assert background is not None
        rules["background-color"] = f"rgba({background.r}, {background.g}, {background.b}, {background.a})"
    return rules


@cache
def results() -> dict[str, tuple[Pixels, Pixels, Likeness]]:
    """Each case painted by both, and compared. Chromium is started once per ten cases."""
    boxes = [
        browser.text_box(
            case.content,
            (case.x, case.y),
            css(case),
            max_width=case.max_width,
            rotation=parse_style(case.style, "")[0].rotation,
        )
        for case in CASES
    ]
    pictures = browser.stages(boxes, WIDTH, HEIGHT)
    mine = [ours(case) for case in CASES]
    return {case.name: (a, b, compare(a, b)) for case, a, b in zip(CASES, mine, pictures, strict=True)}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_text_looks_as_in_the_browser(name: str) -> None:
    _, _, likeness = results()[name]
    assert likeness.ssim >= 0.995, likeness
    assert likeness.mean <= 0.6, likeness
    assert likeness.offset <= 1, likeness


def test_nine_of_ten_are_nearly_identical() -> None:
    """Arabic apart: a browser puts the dots of its letters, which are marks, on whole pixels."""
    arabic = {case.name for case in CASES if regex.search(r"\p{Arabic}", case.content)}
    close = [likeness.ssim >= 0.999 for name, (_, _, likeness) in results().items() if name not in arabic]
    assert sum(close) >= 0.9 * len(close)
