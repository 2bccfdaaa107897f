"""Measures what idle workers save that render parts of another worker's job.

`python -m benchmarks.helpers [--job c] [--rounds N] [--write]` prints docs/design/helpers.md, or writes it. Two workers
with a core each, against one with one core; a worker that no other helps (job b, in which what an offer costs counts
more); and, from the parts measured one at a time on all cores, the time with 1 to 8 helpers, since a small machine
can't run so many at once.
"""

import argparse
import datetime
import heapq
import json
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import region_s3, time_to_video
from benchmarks.time_to_video import NAME, Run
from embedded.process import REPOSITORY
from worker.helpers.coordinator import FIRST_CLAIM_SECONDS
from worker.job import MessageBody, parse_message
from worker.probe.client import probe_process
from worker.probe.pending_probe import probe_files
from worker.video import ffmpeg, steady_sound
from worker.video.context import RenderContext
from worker.video.prepare import prepare, probe_job
from worker.video.text_overlays import painter_of

PAGE = time_to_video.PAGE.with_name("helpers.md")

_POLL_SECONDS = 0.25
"""How old a coordinator's view of its helpers is, at most."""


@dataclass(frozen=True)
class Parts:
    """Seconds of a job's parts, each rendered alone, of their join, and of the whole by one worker; bytes of the
    files; CPU seconds of both."""

    parts: Sequence[float]
    join: float
    whole: float
    bytes: int
    cpu_parts: float
    cpu_whole: float


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--job", default="c", choices=sorted(time_to_video.JOBS))
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(REPOSITORY)}")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    title, message = time_to_video.JOBS[options.job]
    short = time_to_video.JOBS["b"][1]
    ways: dict[str, tuple[dict[str, Any], list[set[int] | None], bool]] = {
        "one worker of one core": (message, [{0}], False),
        "two workers of one core, which help each other": (message, [{0}, {1}], True),
        "job b: one worker of all cores": (short, [None], False),
        "job b: the same, of a fleet with helpers, all of them busy": (short, [None], True),
    }
    runs: dict[str, list[Run]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="helpers-") as scratch:
        folder = Path(scratch)
        time_to_video.link_footage(folder / "s3" / NAME)
        with time_to_video.site(folder) as measure:
            for _ in range(options.rounds):
                for way, (job, cores, has_helpers) in ways.items():
                    runs[way].append(measure(job, cores, has_helpers=has_helpers))
        parts = measure_parts({"version": 1, **message, "job_id": "parts", "video_id": "parts"}, folder)
    text = page(title, runs, parts, load)
    if options.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)


def measure_parts(message: dict[str, Any], folder: Path) -> Parts:
    """Render each part of a job alone, join them, and render the whole."""
    job = parse_message(MessageBody(json.dumps(message))).job
    workdir = folder / "parts"
    workdir.mkdir()
    media = {source: (folder / "s3" / source.removeprefix("s3://")).resolve() for source, _ in job.sources}
    with (
        probe_process([workdir, *media.values()]) as process,
        painter_of(job, workdir) as painter,
    ):
        context = RenderContext(workdir)
        ready = prepare(probe_job(job, media, probe_files(job, media, process), painter, context))
    split = [part for part, _ in ready.share()]
    *plans, join = ready.plans(split, workdir)
    cpu = time_to_video.children_cpu_seconds
    before, seconds = cpu(), []
    for plan in plans:
        seconds.append(_timed(lambda plan=plan: ffmpeg.run(plan.arguments(workdir), context, frames=plan.frames)))
    ready.write_lists(split, workdir)
    joining = _timed(lambda: steady_sound.run(join, context))
    cpu_parts, before = cpu() - before, cpu()
    split = ready.split()
    ready.write_lists(split, workdir)
    whole_seconds = sum(
        _timed(lambda plan=plan: steady_sound.run(plan, context, frames=plan.frames))
        for plan in ready.plans(split, workdir)
    )
    size = sum(path.stat().st_size for path in ready.paths(workdir))
    return Parts(seconds, joining, whole_seconds, size, cpu_parts, cpu() - before)


def _timed(action: Any) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


def critical_path(parts: Parts, helpers: int, fetch_seconds: float) -> float:
    """Seconds of rendering with so many helpers, each of which takes the longest part that is left: the offer, the
    fetch of its share of the sources, the moves of its file, and the join included."""
    move = 2 * parts.bytes / len(parts.parts) / region_s3.CONNECTION_BYTES_PER_SECOND + _POLL_SECONDS
    overhead = fetch_seconds / len(parts.parts) + move
    free = [(FIRST_CLAIM_SECONDS, True), *((0.0, False) for _ in range(helpers))]
    heapq.heapify(free)
    done = 0.0
    for seconds in sorted(parts.parts, reverse=True):
        at, is_coordinator = heapq.heappop(free)
        at += seconds + (0.0 if is_coordinator else overhead)
        done = max(done, at)
        heapq.heappush(free, (at, is_coordinator))
    return done + parts.join


def page(title: str, runs: dict[str, list[Run]], parts: Parts, load: float) -> str:
    """The figures as Markdown; `load` is the machine's before the first run."""
    total = {way: statistics.median(run.total for run in made) for way, made in runs.items()}
    cpu = {way: statistics.median(run.workers_cpu_seconds for run in made) for way, made in runs.items()}
    one, two, alone, unaided = runs
    fetch = statistics.median(run.stages["fetch"] for run in runs[one])
    rest = total[one] - statistics.median(run.rendering["encode"] for run in runs[one])
    lines = [
        "# Helpers",
        "",
        f"Written by `make bench-helpers` on {datetime.datetime.now(datetime.UTC):%Y-%m-%d}: {os.cpu_count()} CPUs, "
        f"medians of {len(runs[one])}, load {load:.1f} before the first run. The job is {title}; S3 is a model of a "
        "region's (docs/design/time-to-video.md).",
        "",
        "| | time to video s | parts by others | CPU s of all workers |",
        "|---|---|---|---|",
        *(f"| {way} | {total[way]:.1f} | {runs[way][-1].helped} | {cpu[way]:.0f} |" for way in runs),
        "",
        f"- Two workers of one core each are {total[one] / total[two]:.2f} times as fast as one.",
        f"- They use {cpu[two] / cpu[one]:.2f} times the processor time; the parts alone, rendered one at a time and "
        f"joined, {parts.cpu_parts / parts.cpu_whole:.2f} times that of the whole.",
        f"- A worker that no other helps takes {total[unaided] / total[alone]:.3f} times as long.",
        "",
        f"The {len(parts.parts)} parts take {min(parts.parts):.1f} to {max(parts.parts):.1f} s each on all cores, "
        f"their join {parts.join:.1f} s, the whole by one worker {parts.whole:.1f} s. From that, with fetch, probe and "
        "publication as measured on one core:",
        "",
        "| helpers | time to video s | share of one worker's |",
        "|---|---|---|",
    ]
    whole = rest + parts.whole
    for helpers in (0, 1, 2, 4, 8):
        seconds = rest + (critical_path(parts, helpers, fetch) if helpers else parts.whole)
        lines.append(f"| {helpers} | {seconds:.1f} | {seconds / whole:.2f} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
