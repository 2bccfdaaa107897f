"""Measures the renderer's speed against the bare FFmpeg graph that an expert would write by hand, the old worker's
three passes, and MoviePy.

`python -m benchmarks.render [--rounds N] [--no-vmaf] [--moviepy PYTHON] [--write]` prints docs/design/performance.md,
or writes it. The renderers take turns, the three of similar speed three times per round, and the medians count. Wall
time is that of the whole process: in ours it includes Python's start, painting and the thumbnail; a worker that runs
already has its code loaded. VMAF compares each
with the same renderer's lossless output, so that it judges the encoder and not the drawing of the letters.
"""

import argparse
import datetime
import functools
import json
import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import cpu_profile, phone_render, renderers
from benchmarks.phone_clips import BITS_PER_SECOND
from embedded.footage import prepare
from worker.video import ffmpeg

FOOTAGE = renderers.REPOSITORY / ".build" / "footage" / "benchmark"
PHONE = FOOTAGE.with_name("phone")
PAGE = renderers.REPOSITORY / "docs" / "design" / "performance.md"

_IN_WORKER = "ours in a running worker"
_CLOSE = ("ours", _IN_WORKER, "bare graph")
_TURNS = 3
"""Turns of those three per round: a difference of a few per cent takes more runs to show than a factor of three."""

_CALM = 1.0
"""Highest load average of a machine without other work."""

Renderer = Callable[[Path, Path], Path]


@dataclass(frozen=True)
class Run:
    """One measurement: seconds of wall time and of CPU, the output and its size."""

    wall: float
    cpu: float
    output: Path
    bytes: int


def vmaf(video: Path, reference: Path) -> float:
    """Mean VMAF of a video against a lossless reference."""
    log = video.with_suffix(".vmaf.json")
    graph = f"[0:v][1:v]libvmaf=log_fmt=json:log_path={log}:n_threads=2:n_subsample=3"
    command = [ffmpeg.executable(), "-v", "error", "-i", str(video), "-i", str(reference), "-lavfi", graph]
    subprocess.run([*command, "-f", "null", "-"], check=True)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def measure(way: Renderer, footage: Path, folder: Path) -> Run:
    """Run a renderer once."""
    before, begin = os.times(), time.monotonic()
    output = way(footage, folder)
    wall, after = time.monotonic() - begin, os.times()
    cpu = sum(after[:4]) - sum(before[:4])
    return Run(wall, cpu, output, output.stat().st_size)


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-vmaf", action="store_true")
    parser.add_argument("--moviepy", type=Path, metavar="PYTHON", help="of an environment that has MoviePy")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(renderers.REPOSITORY)}")
    options = parser.parse_args()
    if options.moviepy and not options.moviepy.exists():
        parser.error(f"{options.moviepy} doesn't exist: make bench-render sets it up")
    prepare(FOOTAGE)
    load = os.getloadavg()[0]
    contenders: dict[str, Renderer] = {
        "ours": renderers.ours,
        _IN_WORKER: renderers.ours_in_worker,
        "bare graph": renderers.bare,
        "three passes": renderers.three_passes,
    }
    if options.moviepy:
        contenders["MoviePy 2"] = functools.partial(renderers.moviepy, options.moviepy)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        runs: dict[str, list[Run]] = {way: [] for way in contenders}
        for _ in range(options.rounds):
            for way in (*_CLOSE * _TURNS, *(way for way in contenders if way not in _CLOSE)):
                runs[way].append(measure(contenders[way], FOOTAGE, folder))
        phone_render.sources(PHONE)
        phone_ways: dict[str, Renderer] = {_IN_WORKER: phone_render.ours, "bare graph": phone_render.bare}
        phone: dict[str, list[Run]] = {way: [] for way in phone_ways}
        for _ in range(options.rounds):
            for way, renderer in phone_ways.items():
                phone[way].append(measure(renderer, PHONE, folder))
        references = {} if options.no_vmaf else _references(folder)
        quality = {way: vmaf(runs[way][-1].output, reference) for way, reference in references.items()}
        stages = cpu_profile.stages(FOOTAGE, folder, options.rounds)
        surcharges = cpu_profile.surcharges(FOOTAGE, folder, options.rounds)
    text = page(runs, phone, quality=quality, stages=stages, surcharges=surcharges, load=load)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


def page(
    runs: Mapping[str, Sequence[Run]],
    phone: Mapping[str, Sequence[Run]],
    *,
    quality: Mapping[str, float],
    stages: Mapping[str, float],
    surcharges: Mapping[str, float],
    load: float,
) -> str:
    """The figures as Markdown; `load` is the machine's before the first run."""
    rounds, turns = len(runs["three passes"]), len(runs["ours"])
    wall = {way: statistics.median(run.wall for run in made) for way, made in runs.items()}
    cpu = {way: statistics.median(run.cpu for run in made) for way, made in runs.items()}
    lines = [
        "# Performance",
        "",
        f"Written by `make bench-render` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} CPUs "
        f"({platform.machine()}), medians of {turns} for ours and the bare graph and of {rounds} for others, "
        f"load {load:.1f} before the first run"
        + (" (the machine had other work: CPU seconds count, wall time doesn't)." if load > _CALM else "."),
        _job(),
        "Compare ratios, not seconds.",
        "",
        "| renderer | wall s | CPU s | vCPU-s per video minute | MB | VMAF | wall against ours | CPU against ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for way, made in runs.items():
        vmaf_shown = f"{quality[way]:.2f}" if way in quality else ""
        figures = (
            f"{wall[way]:.1f} | {cpu[way]:.1f} | {cpu[way] / renderers.SECONDS * 60:.0f} | {made[-1].bytes / 1e6:.2f}"
        )
        ratios = f"{wall[way] / wall['ours']:.3g}x | {cpu[way] / cpu['ours']:.2f}x"
        lines.append(f"| {way} | {figures} | {vmaf_shown} | {ratios} |")
    pairs = [mine.wall / bare.wall for mine, bare in zip(runs[_IN_WORKER], runs["bare graph"], strict=True)]
    lines += [
        "",
        f"A worker takes {wall[_IN_WORKER] / wall['bare graph']:.3f} times as long as the bare graph; single runs take "
        f"{min(pairs):.2f} to {max(pairs):.2f} times as long.",
        f"The command `python -m worker render`, which loads Python and our code first, takes "
        f"{wall['ours'] / wall['bare graph']:.3f} times as long.",
        f"A worker renders {renderers.SECONDS / wall[_IN_WORKER]:.2f} s of video per second.",
        "",
        "- The bare graph is the FFmpeg command that an expert would write by hand, with our encoder settings.",
        "- The three passes are the old worker's: normalise with x264 fast 23, join, draw texts with medium 23.",
        "- MoviePy has our preset and rate factor.",
        "",
        *_phone_section(phone),
        "## Where the time goes",
        "",
        "CPU seconds of the same job:",
        "",
        "| decode | filter | encode and mux | FFmpeg in total | outside FFmpeg |",
        "|---|---|---|---|---|",
        f"| {stages['decode']:.2f} | {stages['filter']:.2f} | {stages['encode and mux']:.2f} | {stages['FFmpeg']:.2f} "
        f"| {cpu[_IN_WORKER] - stages['FFmpeg']:.2f} |",
        "",
        "Outside FFmpeg: Python, Skia, and probing the sources and the result. The figure is the difference of two "
        "medians, so it contains noise.",
        "",
        "## What texts and adjustments cost",
        "",
        "| in the job | additional CPU seconds per 240 frames |",
        "|---|---|",
        *(f"| {name} | {value:+.2f} |" for name, value in surcharges.items()),
        "",
    ]
    return "\n".join(lines)


def _phone_section(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    """The same comparison of phone footage."""
    lines = [
        "## Phone footage",
        "",
        f"15 s of five clips of 4K, H.265 of 10 bits, 30 fps and {BITS_PER_SECOND / 1e6:.0f} Mbit/s, two of them HLG; "
        f"medians of {len(runs['bare graph'])}. The bare graph scales before it tone-maps, as ours does.",
        "",
        "| renderer | wall s | CPU s | vCPU-s per video minute | MB |",
        "|---|---|---|---|---|",
    ]
    wall = {way: statistics.median(run.wall for run in made) for way, made in runs.items()}
    for way, made in runs.items():
        cpu = statistics.median(run.cpu for run in made)
        per_minute = cpu / renderers.SECONDS * 60
        lines.append(f"| {way} | {wall[way]:.1f} | {cpu:.1f} | {per_minute:.0f} | {made[-1].bytes / 1e6:.2f} |")
    ratio = wall[_IN_WORKER] / wall["bare graph"]
    return [*lines, "", f"A worker takes {ratio:.3f} times as long as the bare graph.", ""]


def _job() -> str:
    return (
        f"{renderers.SECONDS:.0f} s of 1080x1920 at 30 fps, five clips of real footage, two texts, quality `standard`."
    )


def _references(folder: Path) -> dict[str, Path]:
    exact = ("-preset", "ultrafast", "-qp", "0")
    return {
        "ours": renderers.ours_lossless(FOOTAGE, folder),
        "bare graph": renderers.bare(FOOTAGE, folder, renderers.LOSSLESS, "bare-lossless.mp4"),
        "three passes": renderers.three_passes(FOOTAGE, folder, exact, exact, "three-lossless.mp4"),
    }


if __name__ == "__main__":
    main()
