"""Encodes a prepared job: in one run of FFmpeg, or in parts where one run would need more memory than a worker has."""

import logging
from dataclasses import replace

from worker.job import ErrorCode, PermanentError
from worker.probe import inspection
from worker.probe.client import ProbeProcess
from worker.probe.model import Measured
from worker.telemetry.metrics import emit_metrics
from worker.video import ffmpeg, steady_sound
from worker.video.context import RenderContext
from worker.video.diagnose import attribute_errors
from worker.video.encode_shared import HelpFailedError, encode_shared
from worker.video.plan import memory
from worker.video.plan.parts import Part
from worker.video.plan.render_plan import RenderPlan
from worker.video.prepare import RenderJob

logger = logging.getLogger(__name__)

_BUDGETS = (memory.BUDGET_BYTES, memory.BUDGET_BYTES // 2, 0)
"""Budgets of memory in bytes, tried in turn: an estimate may be wrong. The last makes the parts as short as can be."""


def encode(render_job: RenderJob, process: ProbeProcess, context: RenderContext) -> Measured:
    """Encode all files into the context's folder, with the help of other workers where that pays, and measure them;
    returns the video's measures.

    Raises `PermanentError` for a source that can't be decoded and for a job that needs too much memory, `FFmpegError`,
    `InspectionError` and `CancelledError`.
    """
    timeline = render_job.timeline
    with attribute_errors(timeline, render_job.media, render_job.music, context):
        measured, failure = _encode_with_help(render_job, process, context)
        if not measured:
            _encode_within_memory(render_job, context)
            measured = inspection.measure(render_job.paths(context.workdir), process)
        frames = min(each.frames for each in measured)
        if frames != timeline.frames:
            message = f"The sources gave {frames} frames where {timeline.frames} were wanted: one of them is broken."
            raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message)
    if failure:  # known only now not to be a source's
        logger.warning("Parts didn't make the video, which was rendered whole.", extra={"reason": failure})
        emit_metrics({"HelpFailed": 1})
    return measured[0]


def _encode_with_help(
    render_job: RenderJob, process: ProbeProcess, context: RenderContext
) -> tuple[list[Measured], str]:
    """The measures of the files that workers have made together, if they have, and why that failed, if it has."""
    try:
        return (encode_shared(context.crew, render_job, process, context) if context.crew else []), ""
    except HelpFailedError as error:
        return [], str(error) or type(error.__cause__).__name__


def _encode_within_memory(render_job: RenderJob, context: RenderContext) -> None:
    tried: list[Part] = []
    for budget in _BUDGETS:
        split = render_job.split(budget)
        if split == tried:
            continue
        tried = split
        try:
            _encode(render_job, split, context)
        except ffmpeg.MemoryExceededError:
            continue
        except ffmpeg.ProcessorTimeExceededError as error:
            message = "The render takes more processor time than a job may: use shorter sources or a smaller output."
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, "/output") from error
        return
    message = "The job needs more memory than a worker has: use smaller sources, a smaller output or fewer renditions."
    raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, "/output")


def _encode(render_job: RenderJob, split: list[Part], context: RenderContext) -> None:
    render_job.write_lists(split, context.workdir)
    plans = render_job.plans(split, context.workdir)
    frames, done = sum(plan.frames for plan in plans), 0
    for plan in plans:
        limits = render_job.limits(plan)
        steady_sound.run(plan, _share(plan, done, frames, context), frames=plan.frames, limits=limits)
        done += plan.frames
    for file in context.workdir.glob("part-*.mp4"):
        file.unlink()


def _share(plan: RenderPlan, done: int, frames: int, context: RenderContext) -> RenderContext:
    """The context of a run that encodes some of the frames, after `done` of them."""
    return replace(context, on_progress=lambda share: context.on_progress((done + share * plan.frames) / frames))
