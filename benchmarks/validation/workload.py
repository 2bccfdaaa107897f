"""The workload: a trace of 24 short hours, and the messages of its jobs."""

import json
import math
import random

from ops.simulation.traces import RENDER_MEDIAN, RENDER_SPREAD, Trace

# Concurrent jobs hour by hour, if none waited: a night, a morning that rises, a lull long enough to shrink in, a spike
# that a pool of two must meet, an evening.
LOADS = (
    *(0.5, 0.5, 0.5, 1.0, 2.0, 3.5, 5.0, 5.0, 0.5, 0.4, 0.4, 0.4),
    *(0.4, 0.4, 12.0, 4.0, 3.0, 2.0, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4),
)


def compressed_day(minutes: float, seed: int) -> Trace:
    """Arrivals of a day that lasts `minutes`; renders keep their own length. The same arguments give the same trace."""
    rng = random.Random(seed)  # noqa: S311  no secret
    hour = minutes * 60 / len(LOADS)
    mean = RENDER_MEDIAN * math.exp(RENDER_SPREAD**2 / 2)
    trace = []
    for number, load in enumerate(LOADS):
        now = number * hour
        while (now := now + rng.expovariate(load / mean)) < (number + 1) * hour:
            trace.append((now, rng.lognormvariate(math.log(RENDER_MEDIAN), RENDER_SPREAD)))
    return trace


def message(job_id: str, source: str) -> str:
    """The message of a cheap job: half a second of video, 128 x 128 pixels."""
    job = {
        "version": 1,
        "job_id": job_id,
        "video_id": job_id,
        "property_id": "1",
        "output": {"width": 128, "height": 128, "fps": 25, "quality": "draft"},
        "clips": [{"source": source, "duration": 0.5}],
    }
    return json.dumps(job)
