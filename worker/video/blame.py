"""Which source is to blame, once FFmpeg has failed for one of them.

Asked only then: looking into every clip before each render would cost every job for the sake of the few that fail. A
source with which FFmpeg fails again, all alone, will always fail: the job isn't tried again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from worker.job import ErrorCode, Output, PermanentError, Transition
from worker.video import ffmpeg, graph, inspection, outputs
from worker.video.medium import Medium
from worker.video.plan import RenderPlan
from worker.video.timeline import Span, Timeline

_BROKEN_INPUT = (
    "Invalid data found when processing input",
    "Error opening input",
    "matches no streams",
    "moov atom not found",
    "Decoding error",
)
"""What FFmpeg says when a source is to blame, and not the worker."""

_PRINTED = "blame.txt"
_SOUNDTRACK = "/audio/soundtrack"


@contextmanager
def blaming(
    timeline: Timeline,
    media: Mapping[str, Medium],
    music: Path | None,
    *,
    workdir: Path,
    cancelled: Callable[[], bool],
) -> Iterator[None]:
    """Turn what a source does to FFmpeg in the block into a `PermanentError` (MEDIA_UNDECODABLE) with its pointer.

    What isn't a source's doing stays what it is: `FFmpegError`.
    """

    def fails(plan: RenderPlan) -> bool:
        return _fails(plan, workdir, cancelled)

    try:
        yield
    except PermanentError as error:
        pointer = error.pointer or _pointer(timeline, media, music, fails) or _last_suspect(timeline, music)
        raise PermanentError(error.code, error.message, pointer) from error
    except ffmpeg.FFmpegError as error:
        if not _may_be_a_sources_doing(error):
            raise
        pointer = _pointer(timeline, media, music, fails)
        if not pointer and not any(sign in line for line in error.messages for sign in _BROKEN_INPUT):
            raise
        message = "The source can't be decoded: its data is broken."
        raise PermanentError(ErrorCode.MEDIA_UNDECODABLE, message, pointer) from error


def _may_be_a_sources_doing(error: ffmpeg.FFmpegError) -> bool:
    """Not a watchdog, which says more of the machine, and not a signal from outside."""
    return error.returncode is not None and error.returncode not in inspection.OUTSIDE_SIGNALS


def _pointer(
    timeline: Timeline, media: Mapping[str, Medium], music: Path | None, fails: Callable[[RenderPlan], bool]
) -> str:
    """Of the first clip without a picture where it starts, or with which FFmpeg fails; "" where all are well."""
    pointer = inspection.without_picture(timeline.spans, media)
    if pointer:
        return pointer
    for span in timeline.spans:
        if fails(_alone(span, timeline, media)):
            return span.pointer
    if music is not None and fails(graph.measuring(timeline, media, music, _PRINTED)):
        return _SOUNDTRACK
    return ""


def _last_suspect(timeline: Timeline, music: Path | None) -> str:
    """Of the source that is left when all clips are well by themselves."""
    if music is not None:
        return _SOUNDTRACK
    return timeline.spans[0].pointer if len({span.source for span in timeline.spans}) == 1 else ""


def _alone(span: Span, timeline: Timeline, media: Mapping[str, Medium]) -> RenderPlan:
    """A small video of one clip, by the same filters."""
    only = replace(span, first=0, transition=Transition(), push=None)
    files = outputs.files(Output.model_validate({"width": 64, "height": 114, "fps": timeline.fps, "quality": "draft"}))
    small = [graph.Composition(size, (), group) for size, group in outputs.compositions(files)]
    return graph.build(Timeline(timeline.fps, span.frames, (only,), ()), media, small)


def _fails(plan: RenderPlan, workdir: Path, cancelled: Callable[[], bool]) -> bool:
    try:
        ffmpeg.run(plan.arguments(workdir), workdir=workdir, cancelled=cancelled)
    except ffmpeg.FFmpegError as error:
        return _may_be_a_sources_doing(error)
    return False
