"""Excerpts of a timeline: some of its frames, composed exactly as in the whole. Pure.

A preview is an excerpt of one frame; a long job is rendered in excerpts, one after the other (parts.py).
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from worker.probe.model import Probe
from worker.video.plan.timeline import Adjusted, Span, Timeline, latest_in_point

_SEARCH_SECONDS = 10
"""Seconds before an excerpt's first frame, among which the place is chosen where its source is opened."""


def excerpt(timeline: Timeline, first: int, end: int, probes: Mapping[str, Probe]) -> Timeline:
    """The frames `first` to `end - 1` of a timeline, without texts and sound. Spans are opened near their excerpt.

    A transition is always composed from its start to its end. Frames of it that don't belong to the excerpt are
    composed, too, and cut away (`Timeline.lead`).
    """
    start, stop = first, end
    for before, after in pairwise(timeline.spans):
        if after.first < first < before.end:
            start = after.first
        if after.first < end < before.end:
            stop = before.end
    visible = [span for span in timeline.spans if span.first < stop and span.end > start]
    spans = tuple(_cut(span, start, stop, timeline.fps, probes[span.source]) for span in visible)
    blends = any(after.first < before.end for before, after in pairwise(timeline.spans))
    return Timeline(timeline.fps, end - first, spans, (), lead=first - start, blends=blends)


def _cut(span: Span, start: int, stop: int, fps: int, probe: Probe) -> Span:
    """The frames of a span from `start` to `stop - 1`, as a span of an output that begins at `start`."""
    skipped = max(start - span.first, 0)
    frames = min(span.end, stop) - span.first - skipped
    in_point, lead = _entry(span, skipped, fps, probe)
    adjusted = tuple(
        Adjusted(max(part.first - skipped, 0), min(part.last - skipped, frames - 1), part.adjustments)
        for part in span.adjusted
        if part.first - skipped < frames and part.last >= skipped
    )
    motion, push = (move and replace(move, first=move.first - skipped) for move in (span.motion, span.push))
    first = max(span.first - start, 0)
    return replace(
        span, first=first, frames=frames, in_point=in_point, lead=lead, adjusted=adjusted, motion=motion, push=push
    )


def _entry(span: Span, skipped: int, fps: int, probe: Probe) -> tuple[float, int]:
    """Where to open the source of a span whose first `skipped` frames are left out, in seconds, and how many frames
    from there on aren't shown.

    Whole seconds behind the in-point, so that timestamps are rounded to the same frames as in the whole: at speed 1
    they move by whole frames, at another speed by as nearly whole ones as possible.
    """
    if probe.is_still or not skipped:
        return span.in_point, 0
    frames_per_second = fps / span.speed
    latest = int(min(skipped / frames_per_second, latest_in_point(probe) - span.in_point))
    if latest < 1:
        return span.in_point, skipped

    def deviation(seconds: int) -> tuple[float, int]:
        passed = seconds * frames_per_second
        return round(abs(passed - round(passed)), 6), -seconds

    seconds = min(range(max(latest - _SEARCH_SECONDS, 0), latest + 1), key=deviation)
    return span.in_point + seconds, skipped - round(seconds * frames_per_second)
