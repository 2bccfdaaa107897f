"""What a render leaves: a video, its thumbnail, and whatever else the job asked for, as measured on the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import av

from worker.job import JobWarning


@dataclass(frozen=True)
class Extra:
    """A file beside the video and its thumbnail.

    `suffix` stands in its key in place of the video's `.mp4`; `name` is what the result calls it, "" where nobody has
    to be told, since another file refers to it.
    """

    path: Path
    suffix: str
    content_type: str
    name: str = ""


@dataclass(frozen=True)
class Video:
    """A finished video, as measured on the file: sizes in pixels, `duration` in seconds.

    `extras` are in the order in which they are to be published: what refers to another file comes after it.
    """

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
    extras: tuple[Extra, ...] = ()


def measured(
    path: Path,
    thumbnail: Path,
    extras: tuple[Extra, ...],
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
            extras=extras,
        )


def frames_in(path: Path) -> int:
    """How many frames a finished file says it has."""
    with av.open(str(path)) as container:
        return int(container.streams.video[0].frames)


def is_exact(path: Path, frames: int, fps: int) -> bool:
    """Whether a file has so many frames, each on its beat from 0 on, square pixels, and starts with a key frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        if len(packets) != frames or not packets[0].is_keyframe or (stream.sample_aspect_ratio or 1) != 1:
            return False
        times = sorted(float(packet.pts * packet.time_base) for packet in packets if packet.pts is not None)
    return all(abs(time - index / fps) < 0.1 / fps for index, time in enumerate(times))
