"""Encodes a job in parts that several workers render at the same time, joined without encoding again."""

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from worker.errors import CancelledError
from worker.job import PermanentError
from worker.probe import inspection
from worker.probe.client import ProbeProcess
from worker.probe.model import Measured
from worker.sandbox.client import InspectionError
from worker.video import ffmpeg, steady_sound
from worker.video.context import RenderContext
from worker.video.crew import Crew, SharedPart
from worker.video.plan.parts import Part, excerpt_of
from worker.video.prepare import RenderJob

logger = logging.getLogger(__name__)


class HelpFailedError(Exception):
    """The parts didn't make the video, for whatever reason: it is to be rendered as if there were no help."""


def encode_shared(crew: Crew, render_job: RenderJob, process: ProbeProcess, context: RenderContext) -> list[Measured]:
    """Encode all files with the help of `crew`, and measure them. Empty where help doesn't pay, or no worker is idle.
    Raises `HelpFailedError`, and `CancelledError`."""
    try:
        measured = _encode(crew, render_job, process, context)
    except CancelledError:
        raise
    except Exception as error:  # help must never cost a job one of its tries
        if not isinstance(error, (ffmpeg.FFmpegError, PermanentError, InspectionError)):
            logger.exception("Help ended with an unexpected error.")
        raise HelpFailedError(str(error)) from error
    finally:
        for file in context.workdir.glob("part-*.mp4"):
            file.unlink()
    if any(not each.has_exact_timestamps or each.frames != render_job.timeline.frames for each in measured):
        message = "the joined video lacks frames, or they aren't evenly spaced"
        raise HelpFailedError(message)
    return measured


def _encode(crew: Crew, render_job: RenderJob, process: ProbeProcess, context: RenderContext) -> list[Measured]:
    shared = render_job.share()
    if not shared:
        return []
    split = [part for part, _ in shared]
    *plans, join = render_job.plans(split, context.workdir)
    offered = [
        SharedPart(part.number, plan, seconds, render_job.limits(plan), _played(part, render_job))
        for (part, seconds), plan in zip(shared, plans, strict=True)
    ]

    def render_here(part: SharedPart, on_progress: Callable[[float], None]) -> None:
        here = replace(context, on_progress=on_progress)
        ffmpeg.run(part.plan.arguments(context.workdir), here, frames=part.plan.frames, limits=part.limits)

    if not crew.render(offered, render_here, context):
        return []
    with context.clock.stage("join"):
        render_job.write_lists(split, context.workdir)
        steady_sound.run(join, replace(context, on_progress=lambda _: None), limits=render_job.limits(join))
        return inspection.measure(render_job.paths(context.workdir), process)


def _played(part: Part, render_job: RenderJob) -> dict[Path, list[tuple[float, float]]]:
    """By file, what a part plays of the sources."""
    excerpt = excerpt_of(part, render_job.timeline, render_job.media)
    played: dict[Path, list[tuple[float, float]]] = defaultdict(list)
    for span in excerpt.spans:
        seconds = (span.lead + span.frames) / excerpt.fps * span.speed
        played[render_job.media[span.source].path].append((span.in_point, span.in_point + seconds))
    return played
