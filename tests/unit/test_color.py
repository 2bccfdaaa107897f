"""worker/video/plan/color.py against the formulas of CSS, on patches that FFmpeg filters."""

import subprocess

import numpy as np
import numpy.typing as npt
import pytest

from tests.css_filters import Colors, css
from worker.job import Adjustments
from worker.video import ffmpeg
from worker.video.plan import color

pytestmark = pytest.mark.slow

BLOCK = 8
"""Side of a patch in pixels, large enough that its middle doesn't depend on its neighbours."""


def to_yuv(rgb: Colors) -> npt.NDArray[np.uint8]:
    r, g, b = rgb.T / 255
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    yuv = np.stack([16 + 219 * y, 128 + 224 * (b - y) / 1.8556, 128 + 224 * (r - y) / 1.5748], axis=1)
    rounded: npt.NDArray[np.uint8] = np.rint(yuv).astype(np.uint8)
    return rounded


def to_rgb(yuv: npt.NDArray[np.uint8]) -> Colors:
    y, u, v = (yuv.T.astype(float) - [[16], [128], [128]]) / [[219], [224], [224]]
    r, b = y + 1.5748 * v, y + 1.8556 * u
    rgb: Colors = np.clip(np.stack([r, (y - 0.2126 * r - 0.0722 * b) / 0.7152, b], axis=1) * 255, 0, 255)
    return rgb


def filtered(rgb: Colors, adjustments: Adjustments) -> Colors:
    """What FFmpeg makes of each color as 4:2:0."""
    yuv = to_yuv(rgb)
    luma = np.repeat(np.repeat(yuv[None, :, 0], BLOCK, axis=0), BLOCK, axis=1)
    chroma = [np.repeat(np.repeat(yuv[None, :, i], BLOCK // 2, axis=0), BLOCK // 2, axis=1) for i in (1, 2)]
    size = f"{len(rgb) * BLOCK}x{BLOCK}"
    raw = ("-f", "rawvideo", "-pix_fmt", "yuv420p")
    chain = ",".join(["null", *color.filters(adjustments)])
    command = [ffmpeg.executable(), "-v", "error", *raw, "-s", size, "-i", "-", "-vf", chain, *raw, "-"]
    data = b"".join(plane.tobytes() for plane in (luma, *chroma))
    out = np.frombuffer(subprocess.run(command, input=data, capture_output=True, check=True).stdout, np.uint8)
    y, u, v = np.split(out, [luma.size, luma.size + chroma[0].size])
    width = len(rgb) * BLOCK
    planes = [y.reshape(BLOCK, width)[4, 4::8], u.reshape(4, width // 2)[2, 2::4], v.reshape(4, width // 2)[2, 2::4]]
    return to_rgb(np.stack(planes, axis=1))


def mild_colors() -> Colors:
    """Colors of ordinary footage: away from the edges of the cube."""
    return np.random.default_rng(7).uniform(45, 200, (400, 3)).round()


@pytest.mark.parametrize(
    ("adjustments", "mean"),
    [
        (Adjustments(), 0.5),
        (Adjustments(brightness=12, contrast=8, saturation=20), 0.9),
        (Adjustments(brightness=-40), 0.7),
        (Adjustments(brightness=20), 0.9),
        (Adjustments(contrast=-50), 0.7),
        (Adjustments(contrast=25), 0.9),
        (Adjustments(saturation=-100), 0.5),
        (Adjustments(saturation=-40), 0.6),
        (Adjustments(hue=90, contrast=-20), 0.9),
        (Adjustments(hue=-60, saturation=-20), 0.9),
        (Adjustments(hue=180, saturation=-40), 0.9),
    ],
)
def test_filters_mean_what_css_means(adjustments: Adjustments, mean: float) -> None:
    rgb = mild_colors()
    error = np.abs(filtered(rgb, adjustments) - css(rgb, adjustments))
    assert error.mean() <= mean
    assert np.percentile(error, 99) <= 6


def test_black_white_and_grey_stay_grey_and_clip() -> None:
    greys = np.array([[0, 0, 0], [64, 64, 64], [128, 128, 128], [255, 255, 255]], float)
    for adjustments in (Adjustments(brightness=100), Adjustments(contrast=100, hue=120), Adjustments(brightness=-100)):
        assert np.abs(filtered(greys, adjustments) - css(greys, adjustments)).max() <= 2.5


def test_nothing_to_do_costs_nothing() -> None:
    assert color.filters(Adjustments()) == []
    assert len(color.filters(Adjustments(brightness=10, contrast=5, saturation=-20))) == 1
