"""Places a video's key frames, which every file of it has, whether it is encoded in one run or in parts. Pure.

An encoder that chose by itself would choose otherwise in a part. In between it may add key frames where scenes cut.
"""

from itertools import pairwise

from worker.video.plan.timeline import Timeline

KEYFRAME_SECONDS = 2
"""Longest time between two key frames, in seconds."""


def key_frames(timeline: Timeline, *, aligned: bool = False) -> list[int]:
    """The frames that are key frames: where clips begin that no transition blends, and every two seconds from there. If
    `aligned`, every even second, and nowhere else: those of several files of different sources then agree."""
    cuts = [after.first for before, after in pairwise(timeline.spans) if after.first >= before.end]
    starts = [0, *(() if aligned else cuts), timeline.frames]
    return [frame for first, end in pairwise(starts) for frame in range(first, end, KEYFRAME_SECONDS * timeline.fps)]
