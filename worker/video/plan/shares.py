"""Divides a video into parts that several workers render at the same time. Pure.

All parts take about as long: a clip of 4K HEVC costs many times what a still does. Parts begin at key frames outside of
transitions, so that no picture is composed twice for that.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from worker.probe.model import MediaSource
from worker.video.plan import cost
from worker.video.plan.filter_graph import Composition
from worker.video.plan.key_frames import KEYFRAME_SECONDS, key_frames
from worker.video.plan.parts import Part, excerpt_of, fits_memory
from worker.video.plan.timeline import Timeline

PARTS_MAX = 8
"""Most parts of a video."""

_CORES = 2
"""Cores of a worker. A wrong number costs time, and nothing else."""

_OVERHEAD_SECONDS = 2.0
"""Time in seconds that a part by another worker takes beside its rendering: its sources are fetched, its files moved
and joined (`make bench-helpers`)."""

_PART_SECONDS_MIN = 2.0
"""Least time in seconds that rendering a part should take: its start costs half a second."""

_GAIN_SECONDS_MIN = 1.5
"""Least time in seconds that several workers must save."""


def share(
    timeline: Timeline, media: Mapping[str, MediaSource], compositions: Sequence[Composition]
) -> list[tuple[Part, float]]:
    """The parts of a video in their order, each with the seconds that a worker needs for it; empty where too little
    time would be saved, or a part would need more memory than a worker has.

    A rung of a ladder keeps to its bit rate over the whole video: a video with a ladder isn't divided.
    """
    whole = Part(0, 0, timeline.frames)

    def seconds(part: Part) -> float:
        costs = cost.estimate(excerpt_of(part, timeline, media), media, part.of(compositions))
        return sum(costs.values()) / _CORES

    files = [file for composition in compositions for file in composition.files]
    if any(file.rung for file in files):
        return []
    tail = max(file.encoding.tail_frames for file in files)
    parts = [
        replace(part, tail=min(tail, timeline.frames - part.end))
        for part in _equal_parts(whole, _cuts(timeline), seconds)
    ]
    if not all(fits_memory(part, timeline, media, compositions) for part in parts):
        return []
    shared = [(part, seconds(part)) for part in parts]
    saved = seconds(whole) - max(each for _, each in shared) - _OVERHEAD_SECONDS
    return shared if len(shared) > 1 and saved >= _GAIN_SECONDS_MIN else []


def _cuts(timeline: Timeline) -> list[int]:
    """The frames at which a part may begin: no part is shorter than two seconds."""
    shortest = KEYFRAME_SECONDS * timeline.fps
    transitions = [range(after.first + 1, before.end) for before, after in pairwise(timeline.spans)]
    cuts: list[int] = []
    for frame in key_frames(timeline):
        is_far = frame - (cuts[-1] if cuts else 0) >= shortest <= timeline.frames - frame
        if is_far and not any(frame in transition for transition in transitions):
            cuts.append(frame)
    return cuts


def _equal_parts(whole: Part, cuts: Sequence[int], seconds: Callable[[Part], float]) -> list[Part]:
    """At most `PARTS_MAX` parts of about the same cost, between some of the cuts."""
    pieces = [replace(whole, first=first, end=end) for first, end in pairwise([0, *cuts, whole.end])]
    costs = list(accumulate(seconds(piece) for piece in pieces))
    count = max(min(PARTS_MAX, len(pieces), int(costs[-1] / _PART_SECONDS_MIN)), 1)
    ends = {bisect_left(costs, costs[-1] * number / count) for number in range(1, count)} | {len(pieces) - 1}
    bounds = [0, *(pieces[end].end for end in sorted(ends))]
    return [replace(whole, number=number, first=first, end=end) for number, (first, end) in enumerate(pairwise(bounds))]
