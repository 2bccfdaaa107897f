"""The three actions of `python -m worker render`: explain, frame, video."""

import shutil
from pathlib import Path

from worker.job import JobWarning
from worker.local import preview
from worker.local.explain import describe_plan
from worker.probe.client import ProbeProcess
from worker.video.prepare import ProbedJob, prepare
from worker.video.render import render_probed
from worker.video.result import Video


def explain(probed: ProbedJob) -> None:
    """Print the timeline and FFmpeg's command."""
    render_job = prepare(probed)
    plans = render_job.plans(render_job.split(), Path())
    shared = () if render_job.copy else render_job.share()
    print(
        describe_plan(render_job.timeline, render_job.media, plans, probed.job.output, render_job.copy, shared=shared)
    )


def frame(probed: ProbedJob, at_seconds: float, target: Path) -> None:
    """Write the picture at `at_seconds` of the video to `target`, a PNG, and print its path."""
    shutil.move(preview.frame(probed, at_seconds), target)
    print(target)


def video(probed: ProbedJob, process: ProbeProcess, target: Path, contact_sheet: Path | None) -> tuple[JobWarning, ...]:
    """Write the video to `target`, the job's other files beside it, and optionally a contact sheet (PNG). Returns the
    render's warnings."""
    rendered = render_probed(probed, process)
    measured = rendered.measured
    if contact_sheet is not None:
        sheet = probed.context.workdir / "sheet.png"
        preview.contact_sheet(rendered, sheet)
        contact_sheet.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sheet, contact_sheet)
    _move(rendered, target)
    size = f"{measured.width}x{measured.height}"
    print(f"{target}: {size}, {measured.duration:.2f} s, {rendered.bytes / 1e6:.1f} MB")
    return rendered.warnings


def _move(video: Video, output: Path) -> None:
    """Move the output files to where they would be relative to the video in the bucket."""
    shutil.move(video.path, output)
    shutil.move(video.thumbnail, output.with_suffix(".jpg"))
    for extra in video.extras:
        target = output.parent / f"{output.stem}{extra.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(extra.path, target)
