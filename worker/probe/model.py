"""What the probe finds out about a file: size, duration, colors, sound. Values only; child.py reads them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

Matrix = Literal["bt601", "bt709", "bt2020"]
Primaries = Literal["bt709", "p3", "bt2020"]
Transfer = Literal["sdr", "pq", "hlg"]
"""How luminance is coded: SDR, or HDR's "perceptual quantizer" or "hybrid log-gamma"."""


Read = Callable[[int, int], bytes]
"""`read(offset, count)` returns bytes of a file."""


class ByteRange(NamedTuple):
    """Bytes of a file, from `begin` to `end - 1`."""

    begin: int
    end: int


class PlayedBytes(NamedTuple):
    """The bytes of a source that are needed: those that are read each time that its file is opened, and those of the
    seconds that are played."""

    opened: list[ByteRange]
    played: list[ByteRange]


@dataclass(frozen=True)
class Sound:
    """A source's audio stream: its codec and its number of channels."""

    codec: str
    channels: int


@dataclass(frozen=True)
class Probe:
    """The properties of a source.

    `width` and `height` are those of the picture as displayed: upright, in square pixels. `rotation` is the file's own
    in degrees, counterclockwise; `is_mirrored`, whether the file mirrors a rotated picture, too. `duration` is in
    seconds, of the video from the file's first moment; 0 for a still. `video` and `audio` are stream indices.
    """

    width: int
    height: int
    duration: float
    fps: float
    rotation: int = 0
    is_mirrored: bool = False
    codec: str = "h264"
    pixel_format: str = "yuv420p"
    matrix: Matrix = "bt709"
    primaries: Primaries = "bt709"
    transfer: Transfer = "sdr"
    interlaced: bool = False
    full_range: bool = False
    has_alpha: bool = False
    is_still: bool = False
    can_seek: bool = True
    """False for streams without an index (MPEG-TS): a seek lands anywhere, even behind their last key frame."""
    preroll: float = 0.0
    """Seconds by which a seek must aim before an in-point for its picture and sound to be exact (seeking.py)."""
    tick: float = 0.0
    """The video stream's unit of time, in seconds: FFmpeg rounds the time to which it seeks to it."""
    decoded: tuple[int, int] | None = None
    """Width and height of the first picture as it leaves the decoder, in its own pixels."""
    is_cropped: bool = False
    """Whether the container hides a part of the picture."""
    has_range: bool = False
    """Whether the first picture says its range itself, so that a later one may say another."""
    video: int = 0
    audio: int | None = None
    sound: Sound | None = None
    open_bytes: int = 0
    """Memory that opening the file takes: its index, its cover."""
    lost_sound: str = ""
    """Codec of a sound that can't be decoded; "" if there is none."""
    colors: str = ""
    """Some 250 colors of the first picture, if requested: R, G, B in hexadecimal."""


@dataclass(frozen=True)
class SoundProbe:
    """The properties of a soundtrack: its stream's index, its duration in seconds, its channels, and whether FFmpeg can
    seek in it exactly."""

    audio: int
    duration: float
    channels: int = 2
    can_seek: bool = True


@dataclass(frozen=True)
class ProbeResults:
    """The properties of a job's sources: the picture sources by URL, and the soundtrack, if the job has one."""

    probes: Mapping[str, Probe]
    soundtrack: SoundProbe | None


@dataclass(frozen=True)
class MediaSource:
    """A fetched source: its file and what the probe found in it."""

    path: Path
    probe: Probe


@dataclass(frozen=True)
class Measured:
    """A rendered video as measured on the file: sizes in pixels, `duration` in seconds."""

    width: int
    height: int
    fps: float
    frames: int
    duration: float
    has_exact_timestamps: bool
    """Whether the first frame is a key frame at 0, each frame's time is its number divided by the rate, and pixels are
    square."""
