"""Renders a job: prepare, encode, measure the result, write the extras.

All decisions are in worker/video/plan; this file runs FFmpeg.
"""

from collections.abc import Mapping
from pathlib import Path

from worker.job import Job, Output, PermanentError
from worker.painter.painter import Painter
from worker.probe import inspection
from worker.probe.client import ProbeProcess, probe_process
from worker.probe.model import Measured
from worker.probe.pending_probe import PendingProbe, probe_files
from worker.video import ffmpeg, hls, steady_sound
from worker.video.context import RenderContext
from worker.video.encode import encode
from worker.video.plan.output_files import THUMBNAIL, VIDEO
from worker.video.plan.stream_copy import BITS_PER_PIXEL
from worker.video.prepare import ProbedJob, RenderJob, prepare, probe_job
from worker.video.result import Extra, Video
from worker.video.text_overlays import painter_of
from worker.video.thumbnail import write_animated_thumbnail, write_thumbnail


def render(job: Job, media: Mapping[str, Path], context: RenderContext) -> Video:
    """Render a job. `media` holds the file of each of its sources by URL. Raises what `render_painting` raises."""
    with painter_of(job, context.workdir) as painter, probe_process([*media.values(), context.workdir]) as process:
        return render_painting(job, media, painter, probe_files(job, media, process, context.cancelled), context)


def render_painting(
    job: Job, media: Mapping[str, Path], painter: Painter, pending: PendingProbe, context: RenderContext
) -> Video:
    """Render a job whose `painter` was started before, and so was the `pending` probe of its sources.

    Raises `PermanentError` for what can never succeed, `FFmpegError` and `InspectionError` for what may succeed later,
    `CancelledError` when cancelled.
    """
    return render_probed(probe_job(job, media, pending, painter, context), pending.process)


def render_probed(probed: ProbedJob, process: ProbeProcess) -> Video:
    """Render a job that has been probed; `process` also measures the result. Raises what `render_painting` raises."""
    context, output = probed.context, probed.job.output
    render_job = prepare(probed)
    path, thumbnail = context.workdir / VIDEO, context.workdir / THUMBNAIL
    with context.clock.stage("encode"):
        measured = _copy(render_job, output, process, context)
        if measured is None:
            measured = encode(render_job, process, context)
        else:
            last_frame = render_job.timeline.duration - 1 / output.fps
            write_thumbnail(path, thumbnail, min(output.thumbnail.time, last_frame))
    context.on_progress(1.0)
    with context.clock.stage("extras"):
        extras = _extras(output, render_job, context.workdir)
    return Video(
        path=path,
        thumbnail=thumbnail,
        measured=measured,
        bytes=path.stat().st_size,
        warnings=render_job.warnings,
        seconds=context.clock.seconds,
        extras=extras,
    )


def _copy(render_job: RenderJob, output: Output, process: ProbeProcess, context: RenderContext) -> Measured | None:
    """Copy a base video's stream. None if that isn't possible or the copy isn't good enough; it is encoded then."""
    if render_job.copy is None:
        return None
    timeline, path = render_job.timeline, context.workdir / VIDEO
    try:
        steady_sound.run(render_job.copy, context)
        (measured,) = inspection.measure([path], process)
    except (ffmpeg.FFmpegError, PermanentError):
        return None
    is_exact = measured.has_exact_timestamps and (measured.frames, measured.fps) == (timeline.frames, timeline.fps)
    bits = 8 * path.stat().st_size
    is_large = bits > BITS_PER_PIXEL * output.width * output.height * timeline.frames
    return measured if is_exact and not is_large else None


def _extras(output: Output, render_job: RenderJob, workdir: Path) -> tuple[Extra, ...]:
    """All files except the video and its thumbnail."""
    extras: list[Extra] = []
    if output.thumbnail.animated:
        webp = workdir / "preview.webp"
        write_animated_thumbnail(workdir / VIDEO, webp, output.thumbnail.time, render_job.timeline.duration)
        extras.append(Extra(webp, ".webp", "image/webp", "preview"))
    for rendition, file in zip(output.renditions, render_job.files[1:], strict=False):
        extras.append(Extra(workdir / file.file, f"/{rendition.name}.mp4", "video/mp4", rendition.name))
    rungs = [file for file in render_job.files if file.rung]
    return (*extras, *(hls.package(rungs, workdir) if rungs else ()))
