"""How fast the renderer is: against the bare FFmpeg graph that an expert would write by hand, against the old worker's
three passes, and against MoviePy.

`python -m benchmarks.render [--rounds N] [--no-vmaf] [--moviepy PYTHON] [--write]` prints docs/performance.md, or
writes it. All ways take turns, the two that are
nearly alike three in each round, and medians count. Wall time is of the whole process, as a worker would pay for it:
Python's start, painting and the thumbnail are in ours. VMAF compares each with the same way encoded without loss, so
that it judges the encoder and not the drawing of the letters.
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

from benchmarks import shares, ways
from embedded.footage import prepare
from worker.video import ffmpeg

FOOTAGE = ways.REPOSITORY / ".build" / "footage" / "benchmark"
PAGE = ways.REPOSITORY / "docs" / "performance.md"

_CLOSE = ("ours", "bare graph")
_TURNS = 3
"""In a round, of those two: a difference of a few per cent takes more runs to be seen than one of three times."""

_CALM = 1.0
"""Load average of a machine that does nothing else."""

Way = Callable[[Path, Path], Path]


@dataclass(frozen=True)
class Run:
    """One measurement: seconds of wall time and of CPU, and the size of what came out."""

    wall: float
    cpu: float
    output: Path
    bytes: int


def vmaf(made: Path, reference: Path) -> float:
    """Mean VMAF against a lossless video."""
    log = made.with_suffix(".vmaf.json")
    graph = f"[0:v][1:v]libvmaf=log_fmt=json:log_path={log}:n_threads=2:n_subsample=3"
    command = [ffmpeg.executable(), "-v", "error", "-i", str(made), "-i", str(reference), "-lavfi", graph]
    subprocess.run([*command, "-f", "null", "-"], check=True)
    return float(json.loads(log.read_text())["pooled_metrics"]["vmaf"]["mean"])


def measured(way: Way, footage: Path, folder: Path) -> Run:
    """Run it once."""
    before, begin = os.times(), time.monotonic()
    output = way(footage, folder)
    wall, after = time.monotonic() - begin, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(wall, cpu, output, output.stat().st_size)


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-vmaf", action="store_true")
    parser.add_argument("--moviepy", type=Path, metavar="PYTHON", help="of an environment that has MoviePy")
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ways.REPOSITORY)}")
    options = parser.parse_args()
    if options.moviepy and not options.moviepy.exists():
        parser.error(f"{options.moviepy} doesn't exist: make bench-render sets it up")
    prepare(FOOTAGE)
    load = os.getloadavg()[0]
    contenders: dict[str, Way] = {"ours": ways.ours, "bare graph": ways.bare, "three passes": ways.three_passes}
    if options.moviepy:
        contenders["MoviePy 2"] = functools.partial(ways.moviepy, options.moviepy)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        runs: dict[str, list[Run]] = {way: [] for way in contenders}
        for _ in range(options.rounds):
            for way in (*_CLOSE * _TURNS, *(way for way in contenders if way not in _CLOSE)):
                runs[way].append(measured(contenders[way], FOOTAGE, folder))
        references = {} if options.no_vmaf else _references(folder)
        quality = {way: vmaf(runs[way][-1].output, reference) for way, reference in references.items()}
        stages = shares.stages(FOOTAGE, folder, options.rounds)
        surcharges = shares.surcharges(FOOTAGE, folder, options.rounds)
    text = page(runs, quality, stages, surcharges, load)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


def page(
    runs: Mapping[str, Sequence[Run]],
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
        "| way | wall s | CPU s | vCPU-s a video-minute | MB | VMAF | wall against ours | CPU against ours |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for way, made in runs.items():
        vmaf_shown = f"{quality[way]:.2f}" if way in quality else ""
        figures = f"{wall[way]:.1f} | {cpu[way]:.1f} | {cpu[way] / ways.SECONDS * 60:.0f} | {made[-1].bytes / 1e6:.2f}"
        ratios = f"{wall[way] / wall['ours']:.3g}x | {cpu[way] / cpu['ours']:.2f}x"
        lines.append(f"| {way} | {figures} | {vmaf_shown} | {ratios} |")
    pairs = [mine.wall / bare.wall for mine, bare in zip(runs["ours"], runs["bare graph"], strict=True)]
    lines += [
        "",
        f"Ours, the whole command with its start, takes {wall['ours'] / wall['bare graph']:.3f} times as long as the "
        f"bare graph; run by run {min(pairs):.2f} to {max(pairs):.2f}.",
        f"{ways.SECONDS / wall['ours']:.2f} s of video are made a second. The bare graph is what an expert would write",
        "by hand, with our encoder settings; the three passes are the old worker's (normalise with x264 fast 23, join,",
        "draw texts with medium 23); MoviePy has our preset and rate factor.",
        "",
        "## Where the time goes",
        "",
        "CPU seconds of the same job.",
        "",
        "| decode | filter | encode and mux | FFmpeg in all | beside FFmpeg's render |",
        "|---|---|---|---|---|",
        f"| {stages['decode']:.2f} | {stages['filter']:.2f} | {stages['encode and mux']:.2f} | {stages['FFmpeg']:.2f} "
        f"| {cpu['ours'] - stages['FFmpeg']:.2f} |",
        "",
        "Beside FFmpeg's render: Python, Skia, the looks into sources and result; a small difference of two medians, "
        "so also noise.",
        "",
        "## What a look costs",
        "",
        "| look | CPU seconds for 240 frames |",
        "|---|---|",
        *(f"| {name} | {value:+.2f} |" for name, value in surcharges.items()),
        "",
    ]
    return "\n".join(lines)


def _job() -> str:
    return f"{ways.SECONDS:.0f} s of 1080x1920 at 30 fps, five clips of real footage, two texts, quality `standard`."


def _references(folder: Path) -> dict[str, Path]:
    exact = ("-preset", "ultrafast", "-qp", "0")
    return {
        "ours": ways.ours_lossless(FOOTAGE, folder),
        "bare graph": ways.bare(FOOTAGE, folder, ways.LOSSLESS, "bare-lossless.mp4"),
        "three passes": ways.three_passes(FOOTAGE, folder, exact, exact, "three-lossless.mp4"),
    }


if __name__ == "__main__":
    main()
