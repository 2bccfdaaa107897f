"""The timeline: what plays when, in whole frames of the output. build_timeline.py makes it, filter_graph.py reads it.
Pure."""

import math
from dataclasses import dataclass

from worker.job import Adjustments, JobWarning, Text, Transition
from worker.probe.model import Probe
from worker.video.plan.camera_motion import Motion

SAMPLE_RATE = 48_000
"""Audio samples per second of every output; each frame rate of the contract divides it."""

_CUT = Transition()


@dataclass(frozen=True)
class Adjusted:
    """Adjustments of the frames `first` to `last` of a span, both included and counted from the span's start."""

    first: int
    last: int
    adjustments: Adjustments


@dataclass(frozen=True)
class Span:
    """A source on the output: frames `first` to `first + frames - 1`.

    `in_point` is in seconds of the source. If the source ends before the span, its last frame is held, in silence. If
    the next span begins before this one ends, `transition` joins them.
    """

    source: str
    first: int
    frames: int
    in_point: float = 0.0
    fit: str = "contain"
    volume: float = 1.0
    speed: float = 1.0
    motion: Motion | None = None
    push: Motion | None = None
    """Camera motion of a zoom to the next span."""
    transition: Transition = _CUT
    adjusted: tuple[Adjusted, ...] = ()
    pointer: str = ""
    """JSON pointer to the source's URL in the job."""
    lead: int = 0
    """Frames after `in_point` that are decoded and not shown: of an excerpt that begins within the clip."""

    @property
    def end(self) -> int:
        """The frame after the last."""
        return self.first + self.frames


@dataclass(frozen=True)
class PlacedText:
    """A text on the frames `first` to `last`, both included."""

    text: Text
    first: int
    last: int


@dataclass(frozen=True)
class Soundtrack:
    """Music under the whole output: `seconds` of the stream `audio` of `source`, from `in_point`."""

    source: str
    audio: int
    in_point: float
    seconds: float
    volume: float = 1.0
    fade_in: float = 0.0
    fade_out: float = 0.0
    loops: bool = False
    ducks: bool = False
    mono: bool = False
    can_seek: bool = True


@dataclass(frozen=True)
class Timeline:
    """The whole output, or an excerpt of it. `is_base`: it is one assembled video; `copies_audio`: its sound may be
    copied; `loudness` is in LUFS."""

    fps: int
    frames: int
    spans: tuple[Span, ...]
    texts: tuple[PlacedText, ...]
    warnings: tuple[JobWarning, ...] = ()
    copies_audio: bool = False
    soundtrack: Soundtrack | None = None
    loudness: float | None = None
    is_base: bool = False
    lead: int = 0
    """Frames that are composed before the first that is shown: of an excerpt that begins within a transition."""
    blends: bool = False
    """Whether this is an excerpt of a timeline with transitions."""

    @property
    def duration(self) -> float:
        """Duration in seconds."""
        return self.frames / self.fps

    @property
    def samples_per_frame(self) -> int:
        """Audio samples per frame of video; a whole number at every frame rate of the contract."""
        return SAMPLE_RATE // self.fps


def to_frame(seconds: float, fps: int) -> int:
    """The frame nearest to a time. A half is rounded up, and slightly less than half too, since decimals aren't exact
    floats."""
    return math.floor(seconds * fps + 0.5 + 1e-6)


_LAST_PICTURE_SECONDS = 0.1
"""Least time for which the last picture of a recording with a variable frame rate is believed to stand."""


def latest_in_point(probe: Probe) -> float:
    """Seconds of a video at which its last picture certainly stands."""
    return max(probe.duration - min(1.5 / (probe.fps or 30), _LAST_PICTURE_SECONDS), 0.0)
