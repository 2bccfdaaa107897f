"""Encodes a prepared job: in one run of FFmpeg, or in parts where one run would need more memory than a worker has."""

from dataclasses import replace

from worker.job import ErrorCode, PermanentError
from worker.probe import inspection
from worker.probe.client import ProbeProcess
from worker.probe.model import Measured
from worker.video import ffmpeg, steady_sound
from worker.video.context import RenderContext
from worker.video.diagnose import attribute_errors
from worker.video.plan import cost, memory, parts
from worker.video.plan.parts import Part
from worker.video.plan.render_plan import RenderPlan
from worker.video.prepare import RenderJob

_WALL_SECONDS, _WALL_SECONDS_PER_SECOND = 120.0, 30.0
"""Longest duration of a run in seconds, and what each second of each file adds: 30 times slower than real time."""

_TOLERANCE = 2
"""How much more processor time than the budget a run may take: an estimate may be wrong."""

_BUDGETS = (memory.BUDGET_BYTES, memory.BUDGET_BYTES // 2, 0)
"""Budgets of memory in bytes, tried in turn: an estimate may be wrong. The last makes the parts as short as can be."""


def encode(render_job: RenderJob, process: ProbeProcess, context: RenderContext) -> Measured:
    """Encode all files into the context's folder and measure them; returns the video's measures.

    Raises `PermanentError` for a source that can't be decoded and for a job that needs too much memory, `FFmpegError`,
    `InspectionError` and `CancelledError`.
    """
    timeline = render_job.timeline
    with attribute_errors(timeline, render_job.media, render_job.music, context):
        _encode_within_memory(render_job, context)
        measured = inspection.measure([context.workdir / file.file for file in render_job.files], process)
        frames = min(each.frames for each in measured)
        if frames != timeline.frames:
            message = f"The sources gave {frames} frames where {timeline.frames} were wanted: one of them is broken."
            raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message)
    return measured[0]


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
    timeline, workdir = render_job.timeline, context.workdir
    if len(split) > 1:
        for name, text in parts.lists(split, render_job.compositions).items():
            (workdir / name).write_text(text, encoding="utf-8")
    plans = render_job.plans(split, workdir)
    frames, done = sum(plan.frames for plan in plans), 0
    for plan in plans:
        seconds = (plan.frames or timeline.frames) / timeline.fps
        wall_seconds = _WALL_SECONDS + _WALL_SECONDS_PER_SECOND * seconds * len(render_job.files)
        limits = ffmpeg.Limits(wall_seconds, cpu_seconds=int(_TOLERANCE * cost.budget(timeline.duration)))
        steady_sound.run(plan, _share(plan, done, frames, context), frames=plan.frames, limits=limits)
        done += plan.frames
    for file in workdir.glob("part-*.mp4"):
        file.unlink()


def _share(plan: RenderPlan, done: int, frames: int, context: RenderContext) -> RenderContext:
    """The context of a run that encodes some of the frames, after `done` of them."""
    return replace(context, on_progress=lambda share: context.on_progress((done + share * plan.frames) / frames))
