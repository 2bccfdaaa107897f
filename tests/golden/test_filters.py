"""Adjustments on a real frame, compared with Chromium's CSS filters.

The loss of 8-bit 4:2:0 video is measured too, by converting Chromium's own picture to it and back: the limits are for
what the worker adds to that loss.
"""

import base64
import random
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import skia

from embedded.footage import prepare
from tests.css_filters import css
from tests.golden import browser
from tests.golden.likeness import Pixels
from worker.job import Adjustments
from worker.video import ffmpeg
from worker.video.plan import color

WIDTH, HEIGHT = 640, 360

EDITED = {
    "brighter": Adjustments(brightness=20),
    "darker": Adjustments(brightness=-30),
    "much brighter": Adjustments(brightness=50),
    "harder": Adjustments(contrast=25),
    "softer": Adjustments(contrast=-40),
    "much harder": Adjustments(contrast=50),
    "colorful": Adjustments(saturation=40),
    "pale": Adjustments(saturation=-50),
    "warmer hue": Adjustments(hue=-20),
    "cooler hue": Adjustments(hue=45),
    "summer": Adjustments(brightness=8, contrast=10, saturation=25),
    "faded": Adjustments(brightness=10, contrast=-20, saturation=-30),
    "golden hour": Adjustments(brightness=5, contrast=15, saturation=20, hue=-12),
    "all at once": Adjustments(brightness=-50, contrast=50, saturation=50, hue=50),
}
"""The range that an editor uses: -50 to 50."""

EXTREME = {
    "grey": Adjustments(saturation=-100),
    "opposite hue": Adjustments(hue=180),
    "strong": Adjustments(brightness=60, contrast=80, saturation=100),
}

CASES = EDITED | EXTREME


def run(arguments: list[str], data: bytes) -> bytes:
    return subprocess.run(
        [ffmpeg.executable(), "-v", "error", *arguments], input=data, capture_output=True, check=True
    ).stdout


@cache
def frame(name: str = "landscape.mp4", at: float = 2.0) -> Pixels:
    """A frame of a source video at `at` seconds, as RGB."""
    folder = Path(__file__).parents[2] / ".build" / "footage" / "golden"
    source = prepare(folder)[name]
    size = f"scale={WIDTH}:{HEIGHT}:in_color_matrix=bt709:flags=lanczos+accurate_rnd+full_chroma_int,format=rgb24"
    raw = run(["-ss", str(at), "-i", str(source), "-frames:v", "1", "-vf", size, "-f", "rawvideo", "-"], b"")
    picture: Pixels = np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(float)
    return picture


def through_video(picture: Pixels, filters: list[str]) -> Pixels:
    """Convert to 4:2:0, apply `filters`, convert back to RGB."""
    rgb = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-i", "-"]
    exact = "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp"
    into = f"scale=out_color_matrix=bt709:out_range=tv:{exact},format=yuv420p"
    back = f"scale=in_color_matrix=bt709:in_range=tv:{exact},format=gbrp,format=rgb24"
    chain = ",".join([into, *filters, back])
    raw = run(
        [*rgb, "-vf", chain, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], picture.round().astype(np.uint8).tobytes()
    )
    result: Pixels = np.frombuffer(raw, np.uint8).reshape(HEIGHT, WIDTH, 3).astype(float)
    return result


@cache
def chromium() -> dict[str, Pixels]:
    """Each case as Chromium paints it."""
    rgba = np.dstack([frame(), np.full((HEIGHT, WIDTH), 255.0)]).astype(np.uint8)
    png = skia.Image.fromarray(np.ascontiguousarray(rgba), skia.kRGBA_8888_ColorType).encodeToData(skia.kPNG, 100)
    source = "data:image/png;base64," + base64.b64encode(bytes(png)).decode()
    body = "".join(
        f'<img src="{source}" style="display:block;filter:brightness({1 + a.brightness / 100}) '
        f'contrast({1 + a.contrast / 100}) saturate({1 + a.saturation / 100}) hue-rotate({a.hue}deg)">'
        for a in CASES.values()
    )
    page = browser.screenshot(body, WIDTH, HEIGHT * len(CASES))
    return {name: page[row * HEIGHT : (row + 1) * HEIGHT] for row, name in enumerate(CASES)}


def added_error(name: str) -> float:
    """Mean error of the worker's picture against Chromium's beyond that of video itself, in levels of 255."""
    wanted = chromium()[name]
    actual = through_video(frame(), color.filters(CASES[name]))
    return float(np.abs(actual - wanted).mean() - np.abs(through_video(wanted, []) - wanted).mean())


@pytest.mark.parametrize("name", list(EDITED))
def test_adjustments_that_an_editor_uses(name: str) -> None:
    assert added_error(name) <= 1.0


@pytest.mark.parametrize("name", list(EXTREME))
def test_extreme_adjustments(name: str) -> None:
    assert added_error(name) <= 4.0


def sample(picture: Pixels) -> str:
    """What the probe reports of a picture's colors: those at the points of a grid."""
    rows, columns = (((np.arange(16) + 0.5) * side / 16).astype(int) for side in (HEIGHT, WIDTH))
    return str(picture[np.ix_(rows, columns)].astype(np.uint8).tobytes().hex())


def test_random_adjustments_on_frames_of_several_videos() -> None:
    """The cheap filter is never chosen where it would be inexact, and nearly always where it would do."""
    rng = random.Random(5)  # noqa: S311  cases, not secrets
    needlessly_expensive = []
    for _ in range(40):
        values = {
            name: rng.randint(-50, 50) if rng.random() < 0.7 else 0
            for name in ("brightness", "contrast", "saturation", "hue")
        }
        adjustments = Adjustments(**values)
        picture = frame(
            rng.choice(("landscape.mp4", "portrait.MOV", "base.mp4", "rotated.mp4")), rng.choice((0.5, 2.5))
        )
        wanted = css(picture.reshape(-1, 3), adjustments).reshape(picture.shape).round()
        video = np.abs(through_video(wanted, []) - wanted).mean()
        colors = sample(picture)
        made = np.abs(through_video(picture, color.filters(adjustments, colors)) - wanted).mean() - video
        assert made <= 1.0, (adjustments, made)
        if not adjustments.is_neutral and not color.is_accurate_on_planes(adjustments, colors):
            planes = through_video(picture, color._on_planes(adjustments))
            needlessly_expensive.append(np.abs(planes - wanted).mean() - video <= 1.0)
    assert sum(needlessly_expensive) <= 4, needlessly_expensive
