"""What plays when, in whole frames of the output. Pure: a job and what its sources are, in; numbers out.

Cuts are rounded as positions, not as lengths: a clip starts at the frame nearest to the sum of all durations before it,
so that rounding never adds up and texts stay on their pictures.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.job import (
    AdjustedInterval,
    Adjustments,
    Clip,
    ErrorCode,
    Job,
    JobWarning,
    PermanentError,
    Text,
    WarningCode,
    limits,
)
from worker.video.probe import Probe

SAMPLE_RATE = 48_000
"""Audio samples a second of every output; each frame rate of the contract divides it."""

_SHORT_BY_SECONDS = 0.1
"""A source shorter than its clip by less is not worth a warning: the editor rounds to tenths."""


@dataclass(frozen=True)
class Adjusted:
    """Adjustments of the frames `first` to `last` of a span, both included and counted from the span's start."""

    first: int
    last: int
    adjustments: Adjustments


@dataclass(frozen=True)
class Span:
    """A source on the output: frames `first` to `first + frames - 1`.

    `in_point` is in seconds of the source. Where the source ends earlier, its last frame holds, and silence.
    """

    source: str
    first: int
    frames: int
    in_point: float = 0.0
    fit: str = "contain"
    volume: float = 1.0
    adjusted: tuple[Adjusted, ...] = ()


@dataclass(frozen=True)
class PlacedText:
    """A text on the frames `first` to `last`, both included."""

    text: Text
    first: int
    last: int


@dataclass(frozen=True)
class Timeline:
    """The whole output. `copies_audio`: the sound of the single span may be taken over as it is."""

    fps: int
    frames: int
    spans: tuple[Span, ...]
    texts: tuple[PlacedText, ...]
    warnings: tuple[JobWarning, ...] = ()
    copies_audio: bool = False

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.frames / self.fps

    @property
    def samples_per_frame(self) -> int:
        """Audio samples to a frame of video; a whole number at every frame rate of the contract."""
        return SAMPLE_RATE // self.fps


def build(job: Job, probes: Mapping[str, Probe]) -> Timeline:
    """Place clips, adjustments and texts. `probes` holds what each source is, by its URL.

    Raises `PermanentError` where nothing would be seen, or where the whole is too long.
    """
    warnings: list[JobWarning] = []
    fps = job.output.fps
    clips = job.clips
    if job.base is not None:
        clips = (Clip(source=job.base.source, pointer=job.base.pointer),)
    spans = _spans(clips, probes, fps, warnings)
    frames = sum(span.frames for span in spans)
    if not frames:
        raise PermanentError(ErrorCode.INVALID_MESSAGE, "No clip is as long as a frame: nothing would be seen.")
    if frames / fps > limits.TOTAL_SECONDS:
        message = f"The video would last {frames / fps:.0f} s; at most {limits.TOTAL_SECONDS:g} s are possible."
        raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message)
    spans = _adjust(spans, job.adjustments, fps, frames, warnings)
    texts = _texts(job.texts, fps, frames, warnings)
    return Timeline(fps, frames, spans, texts, tuple(warnings), copies_audio=job.base is not None)


def to_frame(seconds: float, fps: int) -> int:
    """The frame nearest to a time; a half counts up, and a hair below it too, since decimals have no exact float."""
    return math.floor(seconds * fps + 0.5 + 1e-6)


def _spans(
    clips: Sequence[Clip], probes: Mapping[str, Probe], fps: int, warnings: list[JobWarning]
) -> tuple[Span, ...]:
    spans: list[Span] = []
    time = 0.0
    for clip in clips:
        probe = probes[clip.source]
        in_point = _in_point(clip, probe, warnings)
        duration = _duration(clip, probe, in_point, warnings)
        first, end = to_frame(time, fps), to_frame(time + duration, fps)
        time += duration
        if end == first:
            message = "A clip shorter than a frame was left out."
            warnings.append(JobWarning(WarningCode.CLIP_DROPPED, clip.pointer, message))
            continue
        whole = () if clip.adjustments.is_neutral else (Adjusted(0, end - first - 1, clip.adjustments),)
        spans.append(Span(clip.source, first, end - first, in_point, clip.fit, clip.volume, whole))
    return tuple(spans)


def _in_point(clip: Clip, probe: Probe, warnings: list[JobWarning]) -> float:
    if probe.is_still:
        return 0.0
    last_frame = max(probe.duration - 1.5 / (probe.fps or 30), 0.0)
    if clip.in_point <= last_frame:
        return clip.in_point
    message = (
        f"The clip starts at {clip.in_point:g} s, its source ends at {probe.duration:g} s: the last frame is held."
    )
    warnings.append(JobWarning(WarningCode.SOURCE_SHORT, clip.pointer, message))
    return last_frame


def _duration(clip: Clip, probe: Probe, in_point: float, warnings: list[JobWarning]) -> float:
    left = probe.duration - in_point
    if clip.duration is None:
        if probe.is_still:
            message = "A still has no end: give its clip a duration."
            raise PermanentError(ErrorCode.INVALID_MESSAGE, message, clip.pointer)
        return left
    if not probe.is_still and in_point == clip.in_point and clip.duration - left > _SHORT_BY_SECONDS:
        message = f"The source has {left:.2f} s for a clip of {clip.duration:g} s: its last frame is held, and silence."
        warnings.append(JobWarning(WarningCode.SOURCE_SHORT, clip.pointer, message))
    return clip.duration


def _adjust(
    spans: Sequence[Span],
    intervals: Sequence[AdjustedInterval],
    fps: int,
    frames: int,
    warnings: list[JobWarning],
) -> tuple[Span, ...]:
    """Give each span its part of the job's adjusted intervals."""
    placed: list[tuple[int, int, Adjustments]] = []
    for interval in intervals:
        first, end = to_frame(interval.start, fps), min(to_frame(interval.end, fps), frames)
        if first >= end:
            message = "The adjusted interval lies outside of the video: left out."
            warnings.append(JobWarning(WarningCode.ADJUSTMENT_DROPPED, interval.pointer, message))
        elif not interval.adjustments.is_neutral:
            placed.append((first, end, interval.adjustments))
    adjusted: list[Span] = []
    for span in spans:
        parts = [
            Adjusted(max(first, span.first) - span.first, min(end, span.first + span.frames) - span.first - 1, what)
            for first, end, what in placed
            if first < span.first + span.frames and end > span.first
        ]
        own = (span.source, span.first, span.frames, span.in_point, span.fit, span.volume)
        adjusted.append(Span(*own, (*span.adjusted, *parts)))
    return tuple(adjusted)


def _texts(texts: Sequence[Text], fps: int, frames: int, warnings: list[JobWarning]) -> tuple[PlacedText, ...]:
    placed: list[PlacedText] = []
    for text in texts:
        first = to_frame(text.start, fps)
        end = frames if text.end is None else min(to_frame(text.end, fps), frames)
        if first < end and text.content.strip():
            placed.append(PlacedText(text, first, end - 1))
        else:
            message = "The text would never be seen: it is empty, or outside of the video's time."
            warnings.append(JobWarning(WarningCode.TEXT_DROPPED, text.pointer, message))
    return tuple(placed)
