"""One job's video, from files on disk to a file on disk: probe, timeline, paint, plan, encode, measure, thumbnail.

Read aloud: Job -> Timeline -> Media -> RenderPlan -> Video. All decisions are in the pure
modules; here files are written and FFmpeg is run.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import av

from worker.job import ErrorCode, Job, JobWarning, PermanentError
from worker.telemetry import StageClock
from worker.text import typefaces
from worker.video import ffmpeg, graph, loudness, placing
from worker.video.blame import blamed
from worker.video.medium import Medium
from worker.video.painting import paint_texts
from worker.video.plan import RenderPlan
from worker.video.probe import Probe, SoundProbe, probe, probe_sound
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
    plan: RenderPlan
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
            _encode(ready.plan, ready.timeline, path, on_progress, cancelled)
        except PermanentError as error:
            raise PermanentError(error.code, error.message, blamed(ready.timeline, ready.media)) from error
    thumbnail = workdir / "thumbnail.jpg"
    with clock.stage("thumbnail"):
        _thumbnail(path, thumbnail, min(job.output.thumbnail.time, ready.timeline.duration - 1 / job.output.fps))
    return _measured(path, thumbnail, ready.warnings, clock.seconds)


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
        probes = probe_all(job, media)
        music = _probe_music(job, media)
    placed = placing.place(job, probes, music)
    with clock.stage("paint"):
        size = (job.output.width, job.output.height)
        overlays, paint_warnings = paint_texts(placed.texts, size, placed.fps, typefaces.bundled(), workdir)
    sources = {source: Medium(media[source], found) for source, found in probes.items()}
    track = media[placed.soundtrack.source] if placed.soundtrack else None
    with clock.stage("loudness"):
        gain, loudness_warnings = loudness.gain(placed, sources, track, workdir=workdir, cancelled=cancelled)
    plan = graph.build(placed, sources, overlays, job.output, music=track, gain=gain)
    return Prepared(placed, sources, plan, (*placed.warnings, *paint_warnings, *loudness_warnings))


def probe_all(job: Job, media: Mapping[str, Path]) -> dict[str, Probe]:
    """What each picture source is, by its URL. Raises `PermanentError` with the pointer of one that is none."""
    probes: dict[str, Probe] = {}
    for source, pointer in job.pictures:
        try:
            probes[source] = probe(media[source])
        except PermanentError as error:
            raise PermanentError(error.code, error.message, pointer) from error
    return probes


def _probe_music(job: Job, media: Mapping[str, Path]) -> SoundProbe | None:
    if job.audio.soundtrack is None:
        return None
    try:
        return probe_sound(media[job.audio.soundtrack])
    except PermanentError as error:
        raise PermanentError(error.code, error.message, job.audio.pointer) from error


def _encode(
    plan: RenderPlan,
    placed: Timeline,
    path: Path,
    on_progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> None:
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

    with av.open(str(path)) as container:
        made = container.streams.video[0].frames
    if made != plan.frames:
        message = f"The sources gave {made} frames where {plan.frames} were wanted: one of them is broken."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message)


def _thumbnail(video: Path, target: Path, at_seconds: float) -> None:
    """A JPEG out of the finished file, whose colours are full-range BT.601, as JPEG's are by definition."""
    colours = "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p"
    seek = ("-ss", f"{max(at_seconds, 0):.6f}", "-i", f"file:{video}")
    jpeg = ("-frames:v", "1", "-an", "-vf", colours, "-c:v", "mjpeg", "-q:v", "3", "-f", "image2", "-update", "1")
    ffmpeg.run((*seek, *jpeg, "-y", f"file:{target}"), workdir=target.parent)


def _measured(
    path: Path,
    thumbnail: Path,
    warnings: tuple[JobWarning, ...],
    seconds: Mapping[str, float],
) -> Video:
    """What came out, read from the file itself."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return Video(
            path=path,
            thumbnail=thumbnail,
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=float(stream.average_rate or 0),
            frames=stream.frames,
            duration=float((stream.duration or 0) * (stream.time_base or 0)),
            has_sound=bool(container.streams.audio),
            bytes=path.stat().st_size,
            warnings=warnings,
            seconds=seconds,
        )
