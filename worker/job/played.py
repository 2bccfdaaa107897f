"""Which seconds of its sources a job plays: of a source that is played in part, the worker fetches a part. Pure."""

import math
from typing import NamedTuple

from worker.job.model import Job


class Seconds(NamedTuple):
    """Seconds of a source, from its beginning; `end` may be infinite."""

    begin: float
    end: float


def played_seconds(job: Job) -> dict[str, tuple[Seconds, ...]]:
    """By URL, what the clips play of each source that only clips use. A base video, a soundtrack and a font are used
    whole, and are absent."""
    if job.base is not None:
        return {}
    whole = {job.audio.soundtrack, *(font.source for font in job.fonts)}
    played: dict[str, tuple[Seconds, ...]] = {}
    for clip in job.clips:
        end = math.inf if clip.duration is None else clip.in_point + clip.duration * clip.speed
        if clip.source not in whole:
            played[clip.source] = (*played.get(clip.source, ()), Seconds(clip.in_point, end))
    return played
