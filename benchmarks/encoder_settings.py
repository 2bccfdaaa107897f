"""Measures what the worker's x264 settings save: bytes at equal VMAF, on the benchmark's real footage.

`python -m benchmarks.encoder_settings` encodes the lossless composition at three rate factors with each preset's usual
settings and with the worker's, and prints the mean difference between both curves.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from benchmarks import renderers
from benchmarks.render import FOOTAGE, vmaf
from embedded.footage import prepare
from worker.job import Output
from worker.video.plan.encoders import Encoding

QUALITIES = ("draft", "standard", "high")
STEP = 3
"""Distance between two rate factors."""

USUAL = "aq-mode=2"

Curve = Sequence[tuple[float, float]]
"""Bytes and VMAF of the same video, from the best to the worst."""


def main() -> None:
    """Measure the three qualities, and print a table."""
    prepare(FOOTAGE)
    print("| quality | preset | bytes at equal VMAF, percent of those with the preset's settings |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        reference = renderers.ours_lossless(FOOTAGE, Path(name))
        for quality in QUALITIES:
            encoding = Encoding.of(Output.model_validate({"quality": quality}))
            options = list(encoding.video_options())
            usual, ours = (curve(reference, tuned, encoding.crf) for tuned in (with_tuning(options, USUAL), options))
            print(f"| {quality} | {encoding.preset} | {100 * ratio(usual, ours):.1f} |", flush=True)


def with_tuning(options: Sequence[str], tuning: str) -> list[str]:
    """The options with other settings of x264."""
    at = options.index("-x264-params") + 1
    return [*options[:at], tuning, *options[at + 1 :]]


def curve(reference: Path, options: Sequence[str], middle: int) -> Curve:
    """Encode at three rate factors."""
    points = []
    for factor in (middle - STEP, middle, middle + STEP):
        video = reference.with_name("encoded.mp4")
        at = options.index("-crf") + 1
        chosen = [*options[:at], str(factor), *options[at + 1 :]]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-i", reference, "-an", *chosen, video]
        subprocess.run(command, check=True)
        points.append((float(video.stat().st_size), vmaf(video, reference)))
    return points


def ratio(usual: Curve, ours: Curve) -> float:
    """The mean ratio of bytes over the VMAF that both curves reach (after G. Bjøntegaard, VCEG-M33, with straight lines
    between the points)."""
    low = max(curve[-1][1] for curve in (usual, ours))
    high = min(curve[0][1] for curve in (usual, ours))
    at = np.linspace(low, high, 50)
    logs = [np.interp(at, [vmaf for _, vmaf in curve[::-1]], np.log([size for size, _ in curve[::-1]]))
            for curve in (usual, ours)]  # fmt: skip
    return float(np.exp(np.mean(logs[1] - logs[0])))


if __name__ == "__main__":
    main()
