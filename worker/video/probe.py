"""What a source is: its size as shown, its length, its colours, its sound. Values alone; looker.py finds them out."""

from dataclasses import dataclass
from typing import Literal

Matrix = Literal["bt601", "bt709", "bt2020"]
Transfer = Literal["sdr", "pq", "hlg"]
"""How light is coded: as in every older video, or as HDR's "perceptual quantizer" or "hybrid log-gamma"."""


@dataclass(frozen=True)
class Sound:
    """A source's sound: codec, samples a second, channels."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True)
class Probe:
    """What a source is.

    `width` and `height` are those of the picture as it is shown: turned upright, in square pixels. `rotation` is the
    turn in degrees that the file asks for, which FFmpeg does by itself. `duration` is in seconds, of the video
    from the file's first moment; 0 for a still. `video` and `audio` are stream indices.
    """

    width: int
    height: int
    duration: float
    fps: float
    rotation: int = 0
    codec: str = "h264"
    pixel_format: str = "yuv420p"
    matrix: Matrix = "bt709"
    transfer: Transfer = "sdr"
    interlaced: bool = False
    full_range: bool = False
    is_still: bool = False
    can_seek: bool = True
    """Streams without an index (MPEG-TS) land anywhere, even behind their last key frame."""
    video: int = 0
    audio: int | None = None
    sound: Sound | None = None
    colors: str = ""
    """Some hundred of the first picture's colours, where they were asked for: R, G, B in hexadecimal."""


@dataclass(frozen=True)
class SoundProbe:
    """What a soundtrack is: the index of its stream, its seconds, its channels."""

    audio: int
    duration: float
    channels: int = 2


@dataclass(frozen=True)
class Measured:
    """What came out of a render, read from the file itself: sizes in pixels, `duration` in seconds."""

    width: int
    height: int
    fps: float
    frames: int
    duration: float
    has_sound: bool
    on_the_beat: bool
    """Whether frames start with a key frame at 0, each stands where its number says, and pixels are square."""
