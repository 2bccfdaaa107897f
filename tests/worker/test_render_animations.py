"""Animated and rotated texts in rendered videos."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.worker.rendering import PLAIN, Array, Decoded, Renderer, make_source, renderer
from worker.job import Animation, Clip, Position, Text
from worker.job.style import parse_style


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def text(animation: dict[str, Any] | None = None, content: str = "Bienvenue", **style: Any) -> Text:
    parsed, warnings = parse_style({"fontSize": 120, **style}, "")
    assert not warnings
    moving = Animation.model_validate(animation or {})
    return Text(content=content, start=0.2, end=1.8, position=Position(x=540, y=960), style=parsed, animation=moving)


def render_text(rendered: Renderer, tmp_path: Path, item: Text) -> Decoded:
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(270, 480), seconds=2)
    return rendered({"a": source}, clips=(Clip(source="a", duration=2.0),), texts=(item,))


def inked(picture: Array) -> Array:
    """Coverage of each pixel by the text, 0..1."""
    share: Array = np.clip((picture.mean(axis=2) - 0x60) / (255 - 0x60), 0, 1)
    return share


def middle(picture: Array) -> tuple[float, float]:
    """Centre of the text, x and y."""
    ys, xs = np.nonzero(inked(picture) > 0.2)
    return float(xs.mean()), float(ys.mean())


def test_fade(tmp_path: Path, rendered: Renderer) -> None:
    moving = {"in": "fade", "out": "fade", "duration": 0.5}
    result = render_text(rendered, tmp_path, text(moving, " .", color="#fff", backgroundColor="#fff", padding="100px"))
    ink = [float(inked(picture)[220:260, 115:155].sum()) for picture in result.pictures]
    whole = ink[30]
    assert max(ink[:6] + ink[54:]) < 0.02 * whole
    for index in range(15):
        assert ink[6 + index] / whole == pytest.approx((index + 1) / 16, abs=0.05)
        assert ink[53 - index] / whole == pytest.approx((index + 1) / 16, abs=0.05)
    assert ink[21:39] == [pytest.approx(whole, rel=0.02)] * 18


def test_slide_rises_into_its_place(tmp_path: Path, rendered: Renderer) -> None:
    result = render_text(rendered, tmp_path, text({"in": "slide", "duration": 0.5}))
    heights = [middle(result.pictures[index])[1] for index in range(12, 40)]
    assert all(later <= earlier + 0.3 for earlier, later in pairwise(heights))
    assert heights[0] - heights[-1] > 1
    assert middle(result.pictures[53])[1] == pytest.approx(heights[-1], abs=0.3)


def test_pop_overshoots(tmp_path: Path, rendered: Renderer) -> None:
    result = render_text(rendered, tmp_path, text({"in": "pop", "duration": 0.5}))

    def width(index: int) -> int:
        return int(np.ptp(np.nonzero(inked(result.pictures[index]) > 0.3)[1]))

    widths = [width(index) for index in range(8, 30)]
    assert widths[0] < 0.9 * widths[-1]
    assert max(widths) == pytest.approx(1.1 * widths[-1], rel=0.02)


def test_typewriter(tmp_path: Path, rendered: Renderer) -> None:
    result = render_text(rendered, tmp_path, text({"in": "typewriter"}, content="iiiiiiii", letterSpacing="40px"))
    counts = []
    for picture in result.pictures[6:30]:
        row = inked(picture)[245] > 0.4
        counts.append(int((row[1:] & ~row[:-1]).sum()))
    assert counts[0] < counts[5] < counts[11] <= counts[-1] == 8
    assert counts == sorted(counts)


def test_a_blurred_backdrop_moves_with_its_box(tmp_path: Path, rendered: Renderer) -> None:
    stripes = "color=black:s=WxH:r=RATE:d=SECONDS,format=yuv420p,geq=lum='16+219*mod(floor(X/4),2)':cb=128:cr=128"
    source = make_source(tmp_path / "a.mp4", stripes, size=(270, 480), seconds=2)
    item = text({"in": "fade", "out": "fade", "duration": 0.5}, "x", padding="200px", backgroundBlur=40)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=2.0),), texts=(item,))
    contrasts = [float(picture[200, 100:116, 0].std()) for picture in result.pictures]
    assert min(contrasts[:6] + contrasts[54:]) > 80
    assert max(contrasts[22:38]) < 20
    assert 30 < contrasts[13] < 90
    assert 30 < contrasts[46] < 90


def test_rotation_turns_clockwise_about_the_middle(tmp_path: Path, rendered: Renderer) -> None:
    item = text(content=" .", color="#fff", backgroundColor="#fff", padding="20px 300px", rotation="30deg")
    picture = render_text(rendered, tmp_path, item).pictures[30]
    ink = inked(picture) > 0.5
    x, y = middle(picture)
    assert x == pytest.approx(134.5, abs=1)
    assert y == pytest.approx(239.5, abs=1)
    assert ink[240 + 34, 135 + 59]  # right and down: 30 degrees clockwise
    assert not ink[240 - 34, 135 + 59]


def test_a_short_text_is_static_for_a_frame(tmp_path: Path, rendered: Renderer) -> None:
    item = text({"in": "fade", "out": "slide", "duration": 5}).model_copy(update={"end": 0.3})
    result = render_text(rendered, tmp_path, item)
    seen = [bool((inked(picture) > 0.2).any()) for picture in result.pictures]
    assert seen == [6 <= index < 9 for index in range(60)]
