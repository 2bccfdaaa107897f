"""One job's video, from files on disk to a file on disk: prepare, encode, look at it, and make what lies beside it.

Read aloud: Job -> Timeline -> Media -> RenderPlan -> Video. All decisions are in the pure modules; here FFmpeg is run.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from worker.job import ErrorCode, Job, Output, PermanentError
from worker.telemetry import StageClock
from worker.video import ffmpeg, hls, inspection, looking
from worker.video.blame import blaming
from worker.video.inspection import Look
from worker.video.looking import Looker
from worker.video.outputs import THUMBNAIL, VIDEO
from worker.video.preparing import Begun, Prepared, begin, prepare
from worker.video.probe import Measured
from worker.video.thumbnail import moving, thumbnail
from worker.video.untouched import BITS_PER_PIXEL
from worker.video.video import Extra, Video

_WALL_SECONDS, _WALL_SECONDS_PER_SECOND = 120.0, 30.0
"""A render may take this long, and this much more for each second of video: 30 times slower than real time."""


def render(
    job: Job,
    media: Mapping[str, Path],
    workdir: Path,
    *,
    clock: StageClock | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Video:
    """Render a job. `media` holds the file of each of its sources by URL; everything is written below `workdir`.

    `clock` measures the parts; `on_progress` hears the encoded share, 0..1; `cancelled` is asked often, and ends it all
    with `CancelledError`. Raises `PermanentError` for what can never succeed, `FFmpegError` and `InspectionError` for
    what may.
    """
    clock = clock or StageClock()
    with looking.looker() as looker:
        begun = begin(job, media, workdir, Look(job, media, looker), clock=clock, cancelled=cancelled)
        return render_begun(begun, looker, clock=clock, on_progress=on_progress, cancelled=cancelled)


def render_begun(
    begun: Begun,
    looker: Looker,
    *,
    clock: StageClock | None = None,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Video:
    """The same for a job that has been begun; the `looker` will look at what came out, too."""
    clock, job, workdir = clock or StageClock(), begun.job, begun.workdir
    ready = prepare(begun, clock=clock, cancelled=cancelled)
    path, jpeg = workdir / VIDEO, workdir / THUMBNAIL
    with clock.stage("encode"):
        made = _copy(ready, job.output, workdir, looker, cancelled)
        if made is None:
            made = _encode(ready, workdir, looker, on_progress, cancelled)
        else:
            thumbnail(path, jpeg, min(job.output.thumbnail.time, ready.timeline.duration - 1 / job.output.fps))
    on_progress(1.0)
    with clock.stage("extras"):
        extras = _extras(job.output, ready, workdir)
    return Video(
        **vars(made),
        path=path,
        thumbnail=jpeg,
        bytes=path.stat().st_size,
        warnings=ready.warnings,
        seconds=clock.seconds,
        extras=extras,
    )


def _copy(
    ready: Prepared, output: Output, folder: Path, looker: Looker, cancelled: Callable[[], bool]
) -> Measured | None:
    """Take a base video over as it is. None where that can't be, or what came out won't do: it is to be encoded."""
    if ready.copy is None:
        return None
    placed = ready.timeline
    try:
        ffmpeg.run(ready.copy.arguments(folder), workdir=folder, cancelled=cancelled)
        (made,) = inspection.measure([folder / VIDEO], looker)
    except (ffmpeg.FFmpegError, PermanentError):
        return None
    is_exact = made.on_the_beat and (made.frames, made.fps) == (placed.frames, placed.fps)
    bits = 8 * (folder / VIDEO).stat().st_size
    is_large = bits > BITS_PER_PIXEL * output.width * output.height * placed.frames
    return made if is_exact and not is_large else None


def _encode(
    ready: Prepared, folder: Path, looker: Looker, on_progress: Callable[[float], None], cancelled: Callable[[], bool]
) -> Measured:
    """Encode all files, and look at what came out."""
    plan = ready.plan
    limits = ffmpeg.Limits(
        wall_seconds=_WALL_SECONDS + _WALL_SECONDS_PER_SECOND * ready.timeline.duration * len(ready.files)
    )
    with blaming(ready.timeline, ready.media, ready.music, workdir=folder, cancelled=cancelled):
        ffmpeg.run(
            plan.arguments(folder),
            workdir=folder,
            frames=plan.frames,
            on_progress=on_progress,
            cancelled=cancelled,
            limits=limits,
        )
        made = inspection.measure([folder / file.file for file in ready.files], looker)
        frames = min(each.frames for each in made)
        if frames != plan.frames:
            message = f"The sources gave {frames} frames where {plan.frames} were wanted: one of them is broken."
            raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message)
    return made[0]


def _extras(output: Output, ready: Prepared, workdir: Path) -> tuple[Extra, ...]:
    """Everything but the video and its thumbnail."""
    made: list[Extra] = []
    if output.thumbnail.animated:
        webp = workdir / "preview.webp"
        moving(workdir / VIDEO, webp, output.thumbnail.time, ready.timeline.duration)
        made.append(Extra(webp, ".webp", "image/webp", "preview"))
    for rendition, file in zip(output.renditions, ready.files[1:], strict=False):
        made.append(Extra(workdir / file.file, f"/{rendition.name}.mp4", "video/mp4", rendition.name))
    rungs = [file for file in ready.files if file.rung]
    return (*made, *(hls.package(rungs, workdir) if rungs else ()))
