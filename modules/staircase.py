"""How many workers for how many jobs: the stairs that step scaling climbs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modules.config import MOST_WORKERS

# A step policy takes twenty steps at most. https://docs.aws.amazon.com/autoscaling/application/userguide/quotas.html
_STEPS = 20
_BELOW_POOL, _UP_TO_MAXIMUM = 2, 14


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
    """Stairs from the ground, where no job means no worker but the pool.

    On each, every job has a worker, and `spare_workers` more stand by for the next. From the pool to the maximum each
    is higher than the one before by the same share, an eighth from 10 to 50: a small fleet grows by ones, a large one
    by dozens. Those below the pool and beyond the maximum are for sizes that are changed when deploying (`--var`);
    else the scalable target's bounds cut them off.
    """
    pool = max(warm_pool_size, 1)
    heights = {
        *(math.ceil(pool * step / _BELOW_POOL) for step in range(1, _BELOW_POOL + 1)),
        *_between(pool, max_workers, _UP_TO_MAXIMUM),
    }
    heights |= _between(max_workers, MOST_WORKERS, _STEPS - 1 - len(heights))
    stairs = [Stair(0, 0)]
    jobs = 1
    for height in sorted(heights):
        enough_for = height - spare_workers
        if enough_for >= jobs or height == MOST_WORKERS:
            stairs.append(Stair(jobs, height))
            jobs = max(enough_for + 1, jobs)
    return stairs


def rungs(stairs: Sequence[Stair], warm_pool_size: int, max_workers: int, count: int) -> list[int]:
    """The stairs that have an alarm of their own, by index: the ground, and up to `count` above the pool, evenly.

    An alarm acts at once when its metric comes to it, and otherwise once a minute: a rung at every stair would be
    the fastest, and would cost as many alarms.
    """
    climbed = [
        index
        for index, stair in enumerate(stairs)
        if index > 0 and stair.workers > warm_pool_size and stairs[index - 1].workers < max_workers
    ]
    if max_workers <= warm_pool_size:
        climbed = []
    chosen = {climbed[step * len(climbed) // count] for step in range(count)} if climbed and count else set()
    return [0, *sorted(chosen)]


def _between(low: int, high: int, count: int) -> set[int]:
    """`count` heights above `low`, the last of them `high`, each higher by the same share."""
    return {math.ceil(low * (high / low) ** (step / count) - 1e-9) for step in range(1, count + 1)}
