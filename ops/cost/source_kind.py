"""What a source is, as far as its name and its size tell: its kind decides how long it takes to decode.

The codec stands in the file, which nothing here reads: it is assumed, and said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from worker.job import Job


class Kind(StrEnum):
    """Kinds of sources."""

    H264_1080P = "h264-1080p"
    """H.264 of at most 1920x1080: what editors and the backend write."""
    HEVC_4K = "hevc-4k"
    """H.265 in 3840x2160, as phones record it."""
    HLG_4K = "hlg-4k"
    """The same in HDR, which newer phones do unless told otherwise."""
    STILL = "still"


STILL = Kind.STILL

_PICTURES = frozenset({".avif", ".bmp", ".gif", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

_PHONE_BYTES = 2_000_000
"""Bytes per played second from which on a .mov is taken for a phone's 4K recording: these have 5.6 MB (45 Mbit/s), and
1080p has 1 or 2."""

_BYTES_PER_SECOND = {Kind.H264_1080P: 1_000_000, Kind.HEVC_4K: 5_600_000, Kind.HLG_4K: 5_600_000}
"""By which the length of a source that is played to its end is estimated."""

_UNKNOWN_SECONDS = 10.0
"""Length of a source of unknown size that is played to its end."""


@dataclass(frozen=True)
class Source:
    """A source: its kind, its length in seconds at least, its bytes where they are known, and what was assumed."""

    kind: Kind
    seconds: float
    bytes: int | None
    why: str


def played_seconds(job: "Job", url: str) -> Sequence[float | None]:
    """Until which second of a source each of its uses plays; None: to its end."""
    uses: list[float | None] = [None] if job.base is not None and job.base.source == url else []
    return uses + [
        None if clip.duration is None else clip.in_point + clip.duration * clip.speed
        for clip in job.clips
        if clip.source == url
    ]


def source_of(url: str, size: int | None, played: Sequence[float | None], assumed: Kind | None = None) -> Source:
    """What a source is taken for.

    Params:
        url: its URL.
        size: in bytes; None: unknown.
        played: until which second each use plays it; None: to its end.
        assumed: kind of every source that is no still.
    """
    suffix = PurePosixPath(urlsplit(url).path).suffix.lower()
    known = max((end for end in played if end is not None), default=0.0)
    if suffix in _PICTURES:
        return Source(Kind.STILL, known or _UNKNOWN_SECONDS, size, f"its name ends in {suffix}")
    if assumed is not None:
        kind, why = assumed, "as given"
    elif suffix == ".mov" and size is not None and size >= _PHONE_BYTES * max(known, 1.0):
        kind, why = Kind.HLG_4K, f"a .mov of {size / 1e6:,.0f} MB is taken for a phone's"
    else:
        kind, why = Kind.H264_1080P, "assumed" if size is None else f"assumed of {size / 1e6:,.1f} MB"
    if None not in played:
        return Source(kind, known, size, why)
    if size is None:
        return Source(kind, max(known, _UNKNOWN_SECONDS), size, f"{why}; {_UNKNOWN_SECONDS:g} s assumed")
    seconds = max(known, size / _BYTES_PER_SECOND[kind])
    return Source(kind, seconds, size, f"{why}; {seconds:.0f} s assumed by its size")
