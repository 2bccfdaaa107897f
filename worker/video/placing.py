"""Places what a job asks for on a timeline. Pure: a job and what its sources are, in; frames out.

Cuts are rounded as positions, not as lengths: a clip starts at the frame nearest to the sum of all durations before it,
less the transitions, so that rounding never adds up and texts stay on their pictures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

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
from worker.video import transitions
from worker.video.motion import Motion
from worker.video.probe import Probe, SoundProbe
from worker.video.timeline import Adjusted, PlacedText, Soundtrack, Span, Timeline, to_frame

_SHORT_BY_SECONDS = 0.1
"""A source shorter than its clip by less is not worth a warning: the editor rounds to tenths."""


def place(job: Job, probes: Mapping[str, Probe], music: SoundProbe | None = None) -> Timeline:
    """Place clips, adjustments, texts and soundtrack. `probes` holds what each source is, by its URL; `music` is what
    the soundtrack is.

    Raises `PermanentError` where nothing would be seen, or where the whole is too long.
    """
    warnings: list[JobWarning] = []
    fps = job.output.fps
    clips = job.clips
    if job.base is not None:
        clips = (Clip(source=job.base.source, pointer=job.base.pointer),)
    spans = _spans(clips, probes, fps, warnings)
    frames = spans[-1].end if spans else 0
    if not frames:
        raise PermanentError(ErrorCode.INVALID_MESSAGE, "No clip is as long as a frame: nothing would be seen.")
    if frames / fps > limits.TOTAL_SECONDS:
        message = f"The video would last {frames / fps:.0f} s; at most {limits.TOTAL_SECONDS:g} s are possible."
        raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message)
    spans = _adjust(spans, job.adjustments, fps, frames, warnings)
    texts = _texts(job.texts, fps, frames, warnings)
    soundtrack = None if music is None else _soundtrack(job, music, frames / fps, warnings)
    copies_audio = job.base is not None and soundtrack is None and job.audio.loudness is None
    return Timeline(
        fps,
        frames,
        spans,
        texts,
        tuple(warnings),
        copies_audio,
        soundtrack,
        job.audio.loudness,
        is_base=job.base is not None,
    )


def _spans(
    clips: Sequence[Clip], probes: Mapping[str, Probe], fps: int, warnings: list[JobWarning]
) -> tuple[Span, ...]:
    placed: list[tuple[Clip, float, float]] = []
    for clip in clips:
        in_point = _in_point(clip, probes[clip.source], warnings)
        placed.append((clip, in_point, _duration(clip, probes[clip.source], in_point, warnings)))
    overlaps = _overlaps([(clip, duration) for clip, _, duration in placed], warnings)
    spans: list[Span] = []
    time = 0.0
    for (clip, in_point, duration), overlap in zip(placed, overlaps, strict=True):
        first, end = to_frame(time, fps), to_frame(time + duration, fps)
        time += duration - overlap
        if end == first:
            message = "A clip shorter than a frame was left out."
            warnings.append(JobWarning(WarningCode.CLIP_DROPPED, clip.pointer, message))
            continue
        frames = end - first
        whole = () if clip.adjustments.is_neutral else (Adjusted(0, frames - 1, clip.adjustments),)
        motion = None if clip.motion == "none" else Motion(clip.motion, frames)
        span = Span(clip.source, first, frames, in_point, clip.fit, clip.volume, clip.speed, motion)
        spans.append(replace(span, transition=clip.transition, adjusted=whole, pointer=clip.pointer))
    for index, (before, after) in enumerate(pairwise(spans)):
        if before.transition.type == "zoom" and after.first < before.end:
            shared = before.end - after.first
            spans[index] = replace(before, push=Motion("push", shared, before.frames - shared))
    return tuple(spans)


def _overlaps(clips: Sequence[tuple[Clip, float]], warnings: list[JobWarning]) -> list[float]:
    """Seconds that each clip shares with the next one, 0 for the last."""
    wanted = [0.0 if clip.transition.type == "cut" else clip.transition.duration for clip, _ in clips]
    given = [*transitions.overlaps([duration for _, duration in clips], wanted), 0.0][: len(clips)]
    for (clip, _), asked, got in zip(clips, wanted, given, strict=True):
        if asked - got > _SHORT_BY_SECONDS:
            message = f"The {clip.transition.type} lasts {got:.2f} s instead of {asked:g} s: its clips share no more."
            warnings.append(JobWarning(WarningCode.TRANSITION_SHORTENED, clip.pointer, message))
    return given


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
    left = (probe.duration - in_point) / clip.speed
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
            Adjusted(max(first, span.first) - span.first, min(end, span.end) - span.first - 1, what)
            for first, end, what in placed
            if first < span.end and end > span.first
        ]
        adjusted.append(replace(span, adjusted=(*span.adjusted, *parts)))
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


def _soundtrack(job: Job, music: SoundProbe, duration: float, warnings: list[JobWarning]) -> Soundtrack | None:
    audio = job.audio
    left = music.duration - audio.in_point
    if audio.soundtrack is None or left <= 0:
        message = f"The soundtrack starts at {audio.in_point:g} s, its source ends at {music.duration:g} s: left out."
        warnings.append(JobWarning(WarningCode.SOUNDTRACK_SHORT, audio.pointer, message))
        return None
    if not audio.loop and duration - left > _SHORT_BY_SECONDS:
        message = f"The soundtrack has {left:.2f} s for a video of {duration:.2f} s: silence follows."
        warnings.append(JobWarning(WarningCode.SOUNDTRACK_SHORT, audio.pointer, message))
    return Soundtrack(
        audio.soundtrack,
        music.audio,
        audio.in_point,
        left,
        audio.volume,
        audio.fade_in,
        audio.fade_out,
        loops=audio.loop and left < duration,
        ducks=audio.duck_under_clips,
        mono=music.channels == 1,
    )
