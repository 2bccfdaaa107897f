"""One job's video, from files on disk to a file on disk: prepare, encode, look at it, and make what lies beside it.

Read aloud: Job -> Timeline -> Media -> RenderPlan -> Video. All decisions are in the pure modules; here FFmpeg is run.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from worker.job import ErrorCode, Job, Output, PermanentError
from worker.telemetry import StageClock
from worker.video import ffmpeg, hls, inspection
from worker.video.blame import blaming
from worker.video.outputs import VIDEO
from worker.video.plan import RenderPlan
from worker.video.preparing import Looked, Prepared, prepare
from worker.video.probe import Measured
from worker.video.thumbnail import moving, thumbnail
from worker.video.timeline import Timeline
from worker.video.untouched import BITS_PER_PIXEL
from worker.video.video import Extra, Video

_WALL_SECONDS, _WALL_SECONDS_PER_SECOND = 120.0, 30.0
"""A render may take this long, and this much more for each second of video: 30 times slower than real time."""


def render(
    job: Job,
    media: Mapping[str, Path],
    workdir: Path,
    *,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    looked: Looked | None = None,
) -> Video:
    """Render a job. `media` holds the file of each of its sources by URL; everything is written below `workdir`;
    `looked` is what the sources are, where that is known already.

    `on_progress` hears the encoded share, 0..1; `cancelled` is asked often, and ends it all with `CancelledError`.
    Raises `PermanentError` for what can never succeed, `FFmpegError` for what may.
    """
    clock = StageClock()
    ready = prepare(job, media, workdir, clock=clock, cancelled=cancelled, looked=looked)
    path, jpeg = workdir / VIDEO, workdir / "thumbnail.jpg"
    with clock.stage("encode"):
        made = ready.copy and _copy(ready.copy, ready.timeline, job.output, workdir, cancelled)
        if made is None:
            with blaming(ready.timeline, ready.media, ready.music, workdir=workdir, cancelled=cancelled):
                _encode(ready.plan, ready.timeline, workdir, on_progress, cancelled)
    on_progress(1.0)
    with clock.stage("thumbnail"), ThreadPoolExecutor(max_workers=1) as pool:
        time = min(job.output.thumbnail.time, ready.timeline.duration - 1 / job.output.fps)
        shown = pool.submit(thumbnail, path, jpeg, time)  # while another process looks at what came out
        if made is None:
            with blaming(ready.timeline, ready.media, ready.music, workdir=workdir, cancelled=cancelled):
                made = _measured(ready.plan, workdir)
        shown.result()
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
    plan: RenderPlan, placed: Timeline, output: Output, folder: Path, cancelled: Callable[[], bool]
) -> Measured | None:
    """Take a base video over as it is. None where what came out won't do: then it is to be encoded."""
    try:
        ffmpeg.run(plan.arguments(folder), workdir=folder, cancelled=cancelled)
        (made,) = inspection.measure([folder / VIDEO])
    except (ffmpeg.FFmpegError, PermanentError):
        return None
    is_exact = made.on_the_beat and (made.frames, made.fps) == (placed.frames, placed.fps)
    bits = 8 * (folder / VIDEO).stat().st_size
    is_large = bits > BITS_PER_PIXEL * output.width * output.height * placed.frames
    return made if is_exact and not is_large else None


def _encode(
    plan: RenderPlan,
    placed: Timeline,
    folder: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> None:
    limits = ffmpeg.Limits(wall_seconds=_WALL_SECONDS + _WALL_SECONDS_PER_SECOND * placed.duration * len(plan.targets))
    ffmpeg.run(
        plan.arguments(folder),
        workdir=folder,
        frames=plan.frames,
        on_progress=on_progress,
        cancelled=cancelled,
        limits=limits,
    )


def _measured(plan: RenderPlan, folder: Path) -> Measured:
    """What came out. Raises `PermanentError` where that isn't as many frames as were planned."""
    made = inspection.measure([folder / target.file for target in plan.targets])
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
