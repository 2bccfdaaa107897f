"""CSS colours: what is read, and the sRGB that it becomes, as in Chromium."""

import json
from collections.abc import Sequence
from typing import NamedTuple

import pytest

from tests.golden import browser
from tests.golden.drawn_colors import draw
from worker.job.css_color import Color, parse_color

_SCRIPT = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const element = document.body.appendChild(document.createElement('div'));
const painted = COLORS.map(color => {
  if (!CSS.supports('color', color)) return null;
  element.style.color = color;
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = getComputedStyle(element).color;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
});
document.body.textContent = JSON.stringify(painted);
"""

_BLACK = Color(0, 0, 0)
"""The page's text colour."""


class Compared(NamedTuple):
    css: str
    chromium: tuple[int, int, int, int] | None
    ours: Color | None

    @property
    def is_alike(self) -> bool:
        """Within a level, and within what eight bits keep of a transparent colour."""
        if self.chromium is None or self.ours is None:
            return self.chromium is self.ours is None
        *rgb, alpha = self.chromium
        tolerance = 1 if alpha == 255 else 1 + 255 / max(alpha, 1)
        is_near = all(abs(ours - theirs) <= tolerance for ours, theirs in zip(self.ours[:3], rgb, strict=True))
        return abs(self.ours.a * 255 - alpha) <= 1 and (is_near or not alpha)


def compared(colors: Sequence[str]) -> list[Compared]:
    painted = json.loads(browser.evaluate("<p></p>", _SCRIPT.replace("COLORS", json.dumps(colors))))
    pairs = zip(colors, painted, strict=True)
    return [Compared(css, theirs and tuple(theirs), parse_color(css.strip(), _BLACK)) for css, theirs in pairs]


@pytest.mark.parametrize(("strategy", "share"), [("SIMPLE", 1.0), ("COLORS", 0.97)], ids=["simple", "mixed"])
def test_colors_are_those_of_chromium(strategy: str, share: float) -> None:
    """Mixed: in hsl() and hwb(), the hues of near grays and of colours beyond sRGB may differ."""
    results = compared(draw(strategy, 600))
    wrong = [each for each in results if not each.is_alike]
    assert len(wrong) <= len(results) * (1 - share), "\n".join(map(str, wrong))


def test_what_chromium_refuses_is_refused() -> None:
    results = [each for each in compared(draw("DAMAGED", 600)) if "--" not in each.css]  # own functions
    wrong = [each for each in results if (each.chromium is None) != (each.ours is None)]
    assert len([each for each in results if each.chromium is None]) > 100
    assert not wrong, "\n".join(map(str, wrong))
