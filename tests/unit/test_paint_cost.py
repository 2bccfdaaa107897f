"""worker/text/paint/cost.py: estimates of drawn texts against the measured processor time and disk."""

import random
import resource
from typing import Any

import pytest

from worker.job import Animation, Position, Text
from worker.job.style import parse_style
from worker.text.fonts.catalog import bundled
from worker.text.layout.animation import animation_of
from worker.text.layout.text_box import lay_out
from worker.text.paint import bitmap, cost
from worker.text.paint.model import Cost, is_raw
from worker.text.paint.overlay import paint

pytestmark = pytest.mark.slow

FRAMES, FPS = 60, 30
AFFORDABLE_SECONDS = 0.5
"""Largest estimate of a text that is painted here: tests must be cheap."""

CONTENTS = ("Bienvenue à l'hôtel. ", "W", "漢字", "مرحبا ", "😀", "Z\u0351\u0317", "a\n")
SIZES = ((1080, 1920), (270, 480), (1920, 1080))


def drawn_text(draw: random.Random) -> tuple[Text, tuple[int, int]]:
    blur = draw.choice([0, 3, 20, 100])
    looks: list[dict[str, Any]] = [
        {},
        {"textShadow": ",".join([f"2px 2px {blur}px #000"] * draw.randint(1, 16))},
        {"webkitTextStroke": f"{draw.randint(1, 20)}px red"},
        {"textDecoration": "underline"},
        {"backgroundColor": "#123", "padding": f"{draw.randint(0, 800)}px"},
        {"backgroundBlur": 30, "padding": f"{draw.randint(0, 400)}px"},
    ]
    style, _ = parse_style({"fontSize": draw.choice([10, 48, 150, 400]), **draw.choice(looks)}, "")
    content = draw.choice(CONTENTS) * draw.choice([1, 5, 30, 200])
    animation = Animation(into=draw.choice(["none", "none", "none", "fade", "slide", "pop", "typewriter"]))
    width = draw.choice([None, 900])
    text = Text(content=content[:2_000], style=style, max_width=width, animation=animation, position=Position())
    return text, draw.choice(SIZES)


def painted(text: Text, size: tuple[int, int]) -> tuple[float, int]:
    """Seconds of a processor and bytes of disk that painting took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    found, _ = paint(text, size, bundled(), animation_of(text, FRAMES, FPS))
    written = 0
    if found is not None:
        place = found.overlay
        for frame in found.frames():
            raw = is_raw(place.width, place.height, place.frame_count)
            written += len(frame.data if raw else bitmap.to_png(frame))
        written += sum(len(mask.data) for mask in found.masks()) if found.masks else 0
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, written


def estimated(text: Text, size: tuple[int, int]) -> Cost:
    return cost.estimate(lay_out(text, size, bundled()), size, animation_of(text, FRAMES, FPS))


def test_estimates_agree_with_what_painting_takes() -> None:
    """Each is right within a factor of eight where it matters, and all together within three."""
    draw = random.Random(16)  # noqa: S311  no secret
    seconds, took = 0.0, 0.0
    for _ in range(60):
        text, size = drawn_text(draw)
        expected = estimated(text, size)
        if expected.cpu_seconds > AFFORDABLE_SECONDS:
            continue
        cpu_seconds, written = painted(text, size)
        assert cpu_seconds <= 8 * expected.cpu_seconds + 0.1, text
        assert expected.cpu_seconds <= 8 * cpu_seconds + 0.1, text
        assert written <= expected.disk_bytes, text
        seconds, took = seconds + expected.cpu_seconds, took + cpu_seconds
    assert took / 3 <= seconds <= 3 * took


def test_an_invisible_text_costs_nothing() -> None:
    assert estimated(Text(content="x", position=Position(x=-9_000)), (1080, 1920)) == Cost(0, 0, 0)


@pytest.mark.parametrize(
    "more",
    [
        {"textShadow": "0 0 0 red"},
        {"textShadow": "0 0 30px red"},
        {"webkitTextStroke": "2px red"},
        {"textDecoration": "underline"},
        {"backgroundBlur": 30},
    ],
)
def test_each_look_costs_more(more: dict[str, Any]) -> None:
    plain, looked = (
        estimated(Text(content="Bienvenue", style=parse_style(style, "")[0]), (1080, 1920)) for style in ({}, more)
    )
    assert looked.cpu_seconds > plain.cpu_seconds
