"""How many workers for how many jobs: the stairs that step scaling climbs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

# A step policy takes twenty steps at most: the ground, four up to the pool, fifteen above it.
# https://docs.aws.amazon.com/autoscaling/application/userguide/quotas.html
_BELOW_POOL = 4
_ABOVE_POOL = 15


@dataclass(frozen=True)
class Stair:
    """So many workers from so many jobs on, up to the next stair.

    Params:
        jobs: the fewest jobs at once, waiting and rendering, that it holds for.
        workers: workers that are wanted then.
    """

    jobs: int
    workers: int


def staircase(warm_pool_size: int, max_workers: int, spare_workers: int) -> list[Stair]:
    """Stairs from the ground, where no job means no worker but the pool, up to `max_workers`.

    On each, every job has a worker, and `spare_workers` more stand by for the next. Above the pool each stair is higher
    than the one before by the same share, about a ninth from 10 to 50: a small fleet grows by ones, a large one by
    dozens. Those below it are for a pool that is lowered when deploying.
    """
    pool = max(warm_pool_size, 1)
    below = {math.ceil(pool * step / _BELOW_POOL) for step in range(1, _BELOW_POOL + 1)}
    growth = max_workers / pool
    above = {math.ceil(pool * growth ** (step / _ABOVE_POOL) - 1e-9) for step in range(1, _ABOVE_POOL)}
    stairs = [Stair(0, 0)]
    jobs = 1
    for height in sorted({*below, *above, max_workers}):
        enough_for = height - spare_workers
        if height > max_workers or (enough_for < jobs and height < max_workers):
            continue
        stairs.append(Stair(jobs, height))
        jobs = max(enough_for + 1, jobs)
    return stairs


def rungs(stairs: Sequence[Stair], warm_pool_size: int, count: int) -> list[int]:
    """The stairs that have an alarm of their own, by index: the ground, and up to `count` above the pool, evenly.

    An alarm acts at once when its metric comes to it, and otherwise once a minute: a rung at every stair would be
    the fastest, and would cost as many alarms.
    """
    above = [index for index, stair in enumerate(stairs) if stair.workers > warm_pool_size and index > 0]
    chosen = {above[step * len(above) // count] for step in range(count)} if above else set()
    return [0, *sorted(chosen)]
