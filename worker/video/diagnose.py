"""Diagnoses which source made FFmpeg fail, after it has failed.

Only then: decoding every clip before each render would cost every job for the sake of the few that fail. A source with
which FFmpeg fails, dies or stalls again, on its own, always does: the job isn't retried.
"""

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from worker.job import ErrorCode, Output, PermanentError, Transition
from worker.probe.client import probe_process
from worker.probe.inspection import ProbeRequest, has_frames
from worker.probe.model import MediaSource
from worker.sandbox.client import OUTSIDE_SIGNALS
from worker.video import ffmpeg, steady_sound
from worker.video.context import RenderContext
from worker.video.plan import filter_graph, output_files
from worker.video.plan.render_plan import OutputFile, RenderPlan
from worker.video.plan.timeline import Span, Timeline

_BROKEN_INPUT = (
    "Invalid data found when processing input",
    "Error opening input",
    "matches no streams",
    "moov atom not found",
    "Decoding error",
)
"""FFmpeg's messages if a source is at fault, and not the worker."""

_MACHINE_FAULTS = tuple(os.strerror(number) for number in (errno.ENOSPC, errno.EDQUOT, errno.ENOMEM, errno.EMFILE))
"""FFmpeg's messages if the worker's machine is at fault, in the words of the C library."""

_SOURCELESS = RenderPlan(
    (), ("testsrc=size=64x114:duration=1[made]",), (OutputFile("made.mp4", ("-map", "[made]", "-c:v", "libx264")),), 25
)
"""A render without any source. Where FFmpeg stalls at it too, the machine is at fault."""

_MEASURED = "diagnosis.txt"
_SOUNDTRACK = "/audio/soundtrack"


@contextmanager
def attribute_errors(
    timeline: Timeline, media: Mapping[str, MediaSource], music: Path | None, context: RenderContext
) -> Iterator[None]:
    """Turn an error that a source causes in the block into a `PermanentError` (MEDIA_UNDECODABLE) with its pointer.

    A watchdog's error, of FFmpeg without progress, counts only where FFmpeg does make a picture without any source.
    Other errors pass unchanged, as `FFmpegError`.
    """

    def fails(plan: RenderPlan) -> bool:
        return _fails(plan, context)

    try:
        yield
    except PermanentError as error:
        pointer = (
            error.pointer or _broken_source(timeline, media, music, fails) or _only_remaining_source(timeline, music)
        )
        raise PermanentError(error.code, error.message, pointer) from error
    except ffmpeg.FFmpegError as error:
        if not may_be_caused_by_source(error):
            raise
        pointer = _broken_source(timeline, media, music, fails)
        if error.returncode is None:
            is_sources = bool(pointer) and not fails(_SOURCELESS)
        else:
            is_sources = bool(pointer) or any(sign in line for line in error.messages for sign in _BROKEN_INPUT)
        if not is_sources:
            raise
        message = "The source can't be decoded: its data is broken."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, pointer) from error


def may_be_caused_by_source(error: ffmpeg.FFmpegError) -> bool:
    """Whether the failure is neither a signal from outside, nor a lack of disk, memory or processor time: those are the
    machine's."""
    is_own = error.returncode not in OUTSIDE_SIGNALS and not isinstance(error, ffmpeg.LimitExceededError)
    return is_own and not any(sign in line for line in error.messages for sign in _MACHINE_FAULTS)


def _broken_source(
    timeline: Timeline, media: Mapping[str, MediaSource], music: Path | None, fails: Callable[[RenderPlan], bool]
) -> str:
    """The pointer of the first clip without a frame at its start, or with which FFmpeg fails; "" if all are sound."""
    pointer = _span_without_frame(timeline, media)
    if pointer:
        return pointer
    for span in timeline.spans:
        if fails(_single_clip_plan(span, timeline, media)):
            return span.pointer
    if music is not None and fails(filter_graph.loudness_plan(timeline, media, music, _MEASURED)):
        return _SOUNDTRACK
    return ""


def _span_without_frame(timeline: Timeline, media: Mapping[str, MediaSource]) -> str:
    """The pointer of the first span whose source has no frame where the span starts; "" if all have one."""
    requests = [
        ProbeRequest("frame", source.path, span.pointer, stream=source.probe.video, at=span.in_point)
        for span in timeline.spans
        for source in [media[span.source]]
    ]
    try:
        with probe_process([request.path for request in requests]) as process:
            results = has_frames(requests, process)
    except PermanentError as error:
        return error.pointer
    return next((request.pointer for request, found in zip(requests, results, strict=True) if not found), "")


def _only_remaining_source(timeline: Timeline, music: Path | None) -> str:
    """The pointer of the source that is left if each clip alone is sound: the soundtrack, or the only clip's."""
    if music is not None:
        return _SOUNDTRACK
    return timeline.spans[0].pointer if len({span.source for span in timeline.spans}) == 1 else ""


def _single_clip_plan(span: Span, timeline: Timeline, media: Mapping[str, MediaSource]) -> RenderPlan:
    """Plan a small video of one clip, with the same filters."""
    only = replace(span, first=0, transition=Transition(), push=None)
    files = output_files.files(
        Output.model_validate({"width": 64, "height": 114, "fps": timeline.fps, "quality": "draft"})
    )
    small = [filter_graph.Composition(size, (), group) for size, group in output_files.compositions(files)]
    return filter_graph.build(Timeline(timeline.fps, span.frames, (only,), ()), media, small)


def _fails(plan: RenderPlan, context: RenderContext) -> bool:
    try:
        steady_sound.run(plan, context)
    except ffmpeg.FFmpegError as error:
        return may_be_caused_by_source(error)
    return False
