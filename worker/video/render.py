"""One job's video, from files on disk to a file on disk: probe, timeline, paint, plan, encode, measure, thumbnail.

Read aloud: Job -> Timeline -> Media -> RenderPlan -> Video. All decisions are in the pure
modules; here files are written and FFmpeg is run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.job import ErrorCode, Job, JobWarning, PermanentError, WarningCode
from worker.telemetry import StageClock
from worker.text import typefaces
from worker.text.animation import moves_of
from worker.text.paint import Overlay, paint
from worker.video import ffmpeg, graph, inspection, loudness, timeline
from worker.video.blame import blamed
from worker.video.medium import Medium
from worker.video.probe import Measured
from worker.video.timeline import Timeline

_WALL_SECONDS, _WALL_SECONDS_PER_SECOND = 120.0, 30.0
"""A render may take this long, and this much more for each second of video: 30 times slower than real time."""

_BROKEN_INPUT = (
    "Invalid data found when processing input",
    "Error opening input",
    "matches no streams",
    "moov atom not found",
    "Decoding error",
)
"""What FFmpeg says when a source is to blame, and not the worker."""


@dataclass(frozen=True)
class Video:
    """A finished video, as measured on the file: sizes in pixels, `duration` in seconds."""

    path: Path
    thumbnail: Path
    width: int
    height: int
    fps: float
    frames: int
    duration: float
    has_sound: bool
    bytes: int
    warnings: tuple[JobWarning, ...]
    seconds: Mapping[str, float]
    """How long each stage took."""


@dataclass(frozen=True)
class Prepared:
    """A job ready to be encoded."""

    timeline: Timeline
    media: Mapping[str, Medium]
    plan: graph.RenderPlan
    warnings: tuple[JobWarning, ...]


def render(
    job: Job,
    media: Mapping[str, Path],
    workdir: Path,
    *,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Video:
    """Render a job. `media` holds the file of each of its sources by URL; everything is written below `workdir`.

    `on_progress` hears the encoded share, 0..1; `cancelled` is asked often, and ends it all with `CancelledError`.
    Raises `PermanentError` for what can never succeed, `FFmpegError` for what may.
    """
    clock = StageClock()
    ready = prepare(job, media, workdir, clock=clock, cancelled=cancelled)
    path = workdir / "video.mp4"
    with clock.stage("encode"):
        try:
            made = _encode(ready.plan, ready.timeline, path, on_progress, cancelled)
        except PermanentError as error:
            raise PermanentError(error.code, error.message, blamed(ready.timeline, ready.media, workdir)) from error
    thumbnail = workdir / "thumbnail.jpg"
    with clock.stage("thumbnail"):
        _thumbnail(path, thumbnail, min(job.output.thumbnail.time, ready.timeline.duration - 1 / job.output.fps))
    return Video(
        **vars(made),
        path=path,
        thumbnail=thumbnail,
        bytes=path.stat().st_size,
        warnings=ready.warnings,
        seconds=clock.seconds,
    )


def prepare(
    job: Job,
    media: Mapping[str, Path],
    workdir: Path,
    *,
    clock: StageClock | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Prepared:
    """Everything up to the encoder: look into the sources, place, paint, plan. See `render`."""
    clock = clock or StageClock()
    with clock.stage("probe"):
        probes, music = inspection.sources(job, media, cancelled=cancelled)
    placed = timeline.build(job, probes, music)
    with clock.stage("paint"):
        overlays, paint_warnings = _paint_all(job, placed, workdir)
    sources = {source: Medium(media[source], found) for source, found in probes.items()}
    track = media[placed.soundtrack.source] if placed.soundtrack else None
    with clock.stage("loudness"):
        gain, loudness_warnings = loudness.gain(placed, sources, track, workdir=workdir, cancelled=cancelled)
    plan = graph.build(placed, sources, overlays, job.output, music=track, gain=gain)
    return Prepared(placed, sources, plan, (*placed.warnings, *paint_warnings, *loudness_warnings))


def _paint_all(
    job: Job, placed: Timeline, workdir: Path
) -> tuple[tuple[graph.PlacedOverlay, ...], tuple[JobWarning, ...]]:
    overlays: list[graph.PlacedOverlay] = []
    warnings: list[JobWarning] = []
    size = (job.output.width, job.output.height)
    for index, item in enumerate(placed.texts):
        moves = moves_of(item.text, item.last - item.first + 1, job.output.fps)
        overlay, found = paint(item.text, size, typefaces.bundled(), moves)
        warnings.extend(found)
        if overlay is None:
            message = "The text lies outside of the picture, or is invisible."
            warnings.append(JobWarning(WarningCode.TEXT_DROPPED, item.text.pointer, message))
            continue
        overlays.append(overlay_files(overlay, index, (item.first, item.last), workdir))
    return tuple(overlays), tuple(warnings)


def overlay_files(overlay: Overlay, index: int, shown: tuple[int, int], workdir: Path) -> graph.PlacedOverlay:
    """Write a painted text's pictures for FFmpeg; it is seen from the first to the last frame of `shown`."""
    path = workdir / f"text-{index}.png"
    path.write_bytes(overlay.png)
    mask = None
    if overlay.backdrop is not None:
        mask = workdir / f"mask-{index}.png"
        mask.write_bytes(overlay.backdrop.mask)
    return graph.PlacedOverlay(overlay, *shown, path, mask)


def _encode(
    plan: graph.RenderPlan,
    placed: Timeline,
    path: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> Measured:
    limits = ffmpeg.Limits(wall_seconds=_WALL_SECONDS + _WALL_SECONDS_PER_SECOND * placed.duration)
    try:
        ffmpeg.run(
            plan.arguments(path),
            workdir=path.parent,
            frames=plan.frames,
            on_progress=on_progress,
            cancelled=cancelled,
            limits=limits,
        )
    except ffmpeg.FFmpegError as error:
        if (error.returncode or 0) > 0 and any(sign in line for line in error.messages for sign in _BROKEN_INPUT):
            message = "A source can't be decoded: its data is broken."
            raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message) from error
        raise

    made = inspection.measure(path)
    if made.frames != plan.frames:
        message = f"The sources gave {made.frames} frames where {plan.frames} were wanted: one of them is broken."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message)
    return made


def _thumbnail(video: Path, target: Path, at_seconds: float) -> None:
    """A JPEG out of the finished file, whose colours are full-range BT.601, as JPEG's are by definition."""
    colours = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p"
    seek = ("-ss", f"{max(at_seconds, 0):.6f}", "-i", f"file:{video}")
    jpeg = ("-frames:v", "1", "-an", "-vf", colours, "-c:v", "mjpeg", "-q:v", "3", "-f", "image2", "-update", "1")
    ffmpeg.run((*seek, *jpeg, "-y", f"file:{target}"), workdir=target.parent)
