"""What plays when, in whole frames of the output: the values that placing.py makes and graph.py reads. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from worker.job import Adjustments, JobWarning, Text, Transition
from worker.video.motion import Motion
from worker.video.probe import Probe

SAMPLE_RATE = 48_000
"""Audio samples a second of every output; each frame rate of the contract divides it."""

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

    `in_point` is in seconds of the source. Where the source ends earlier, its last frame holds, and silence. Where the
    next span begins before this one ends, `transition` leads over.
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
    """The camera's move of a zoom to the next span."""
    transition: Transition = _CUT
    adjusted: tuple[Adjusted, ...] = ()
    pointer: str = ""
    """Into the job, to the source's URL."""

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


@dataclass(frozen=True)
class Timeline:
    """The whole output. `is_base`: it is one assembled video; `copies_audio`: its sound may be taken over as it is;
    `loudness` is in LUFS."""

    fps: int
    frames: int
    spans: tuple[Span, ...]
    texts: tuple[PlacedText, ...]
    warnings: tuple[JobWarning, ...] = ()
    copies_audio: bool = False
    soundtrack: Soundtrack | None = None
    loudness: float | None = None
    is_base: bool = False

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.fps

    @property
    def samples_per_frame(self) -> int:
        """Audio samples to a frame of video; a whole number at every frame rate of the contract."""
        return SAMPLE_RATE // self.fps


def to_frame(seconds: float, fps: int) -> int:
    """The frame nearest to a time; a half counts up, and a hair below it too, since decimals have no exact float."""
    return math.floor(seconds * fps + 0.5 + 1e-6)


def moment(timeline: Timeline, frame: int, probes: Mapping[str, Probe]) -> tuple[Timeline, int]:
    """The least of a timeline that shows its frame `frame`, without texts and sound, and that frame's number in it.

    One frame, but within a transition: there the transition from its start.
    """
    fps = timeline.fps
    seen = [span for span in timeline.spans if span.first <= frame < span.end]
    start = seen[1].first if len(seen) > 1 else frame
    frames = seen[0].end - start if len(seen) > 1 else 1
    spans: list[Span] = []
    for span in seen:
        skipped = start - span.first
        probe = probes[span.source]
        in_point = 0.0 if probe.is_still else span.in_point + skipped / fps * span.speed
        if not probe.is_still:
            in_point = max(min(in_point, probe.duration - 1.5 / (probe.fps or 30)), 0.0)
        adjusted = tuple(
            Adjusted(max(part.first - skipped, 0), min(part.last - skipped, frames - 1), part.adjustments)
            for part in span.adjusted
            if part.first - skipped < frames and part.last - skipped >= 0
        )
        motion, push = (move and replace(move, first=move.first - skipped) for move in (span.motion, span.push))
        part = replace(span, first=0, frames=frames, in_point=in_point, adjusted=adjusted, motion=motion, push=push)
        spans.append(part)
    return Timeline(fps, frames, tuple(spans), ()), frame - start
