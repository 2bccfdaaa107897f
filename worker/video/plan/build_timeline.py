"""Builds the timeline of a job. Pure: a job and the probes of its sources in, frames out.

Cuts are rounded as positions, not as lengths: a clip starts at the frame nearest to the sum of all durations before it,
less the transitions, so that rounding errors never add up and texts stay on their pictures.
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
from worker.probe.model import Probe, SoundProbe
from worker.video.plan import transitions
from worker.video.plan.camera_motion import Motion
from worker.video.plan.timeline import Adjusted, PlacedText, Soundtrack, Span, Timeline, latest_in_point, to_frame

_SHORT_BY_SECONDS = 0.1
"""Shortfall in seconds up to which there is no warning: the editor rounds to tenths."""


def place(job: Job, probes: Mapping[str, Probe], music: SoundProbe | None = None) -> Timeline:
    """Place clips, adjustments, texts and soundtrack on a timeline. `probes` holds each source's by its URL; `music` is
    the soundtrack's.

    Raises `PermanentError` if the video would have no frame or would be too long.
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
    warnings += _lost_sounds(clips, probes)
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


def _lost_sounds(clips: Sequence[Clip], probes: Mapping[str, Probe]) -> list[JobWarning]:
    """A warning for each source whose sound was to be heard and can't be decoded."""
    audible = {clip.source: clip for clip in reversed(clips) if clip.volume}
    return [
        JobWarning(WarningCode.SOUND_DROPPED, clip.pointer, f"The source's sound ({codec}) can't be decoded: silence.")
        for clip in reversed(audible.values())
        if (codec := probes[clip.source].lost_sound)
    ]


def _overlaps(clips: Sequence[tuple[Clip, float]], warnings: list[JobWarning]) -> list[float]:
    """Seconds that each clip shares with the next one, 0 for the last."""
    wanted = [0.0 if clip.transition.type == "cut" else clip.transition.duration for clip, _ in clips]
    granted = [*transitions.overlaps([duration for _, duration in clips], wanted), 0.0][: len(clips)]
    for (clip, _), requested, actual in list(zip(clips, wanted, granted, strict=True))[:-1]:
        if requested - actual > _SHORT_BY_SECONDS:
            message = (
                f"The {clip.transition.type} lasts {actual:.2f} s instead of {requested:g} s: its clips share no more."
            )
            warnings.append(JobWarning(WarningCode.TRANSITION_SHORTENED, clip.pointer, message))
    return granted


def _in_point(clip: Clip, probe: Probe, warnings: list[JobWarning]) -> float:
    if probe.is_still:
        return 0.0
    latest = latest_in_point(probe)
    if clip.in_point <= latest:
        return clip.in_point
    message = (
        f"The clip starts at {clip.in_point:g} s, its source ends at {probe.duration:g} s: the last frame is held."
    )
    warnings.append(JobWarning(WarningCode.SOURCE_SHORT, clip.pointer, message))
    return latest


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
            Adjusted(max(first, span.first) - span.first, min(end, span.end) - span.first - 1, adjustments)
            for first, end, adjustments in placed
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
        can_seek=music.can_seek,
    )
