"""What a render leaves: a video, its thumbnail, and whatever else the job asked for, as measured on the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

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
    on_the_beat: bool
    """Whether each frame stands where its number says."""
    bytes: int
    warnings: tuple[JobWarning, ...]
    seconds: Mapping[str, float]
    """How long each stage took."""
    extras: tuple[Extra, ...] = ()
