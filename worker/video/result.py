"""What a render returns: a video, its thumbnail, and the other files that the job requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.job import JobWarning
from worker.probe.model import Measured


@dataclass(frozen=True)
class Extra:
    """A file beside the video and its thumbnail.

    `suffix` replaces the `.mp4` of the video's object key. `name` is the file's name in the job's result, "" for a file
    that only another file refers to.
    """

    path: Path
    suffix: str
    content_type: str
    name: str = ""


@dataclass(frozen=True)
class Video:
    """A finished video.

    `extras` are in the order in which they are to be published: a file comes after those that it refers to.
    """

    path: Path
    thumbnail: Path
    measured: Measured
    bytes: int
    warnings: tuple[JobWarning, ...]
    seconds: Mapping[str, float]
    """Seconds per stage."""
    extras: tuple[Extra, ...] = ()
