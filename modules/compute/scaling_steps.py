"""The steps of step scaling: how many workers run for how many jobs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from modules.config import MOST_WORKERS

# Most steps of a scaling policy. https://docs.aws.amazon.com/autoscaling/application/userguide/quotas.html
_MOST_STEPS = 20
# Numbers of steps up to the warm pool, and from there to the maximum.
_UP_TO_POOL, _UP_TO_MAXIMUM = 2, 14


@dataclass(frozen=True)
class ScalingStep:
    """A number of workers, wanted from a number of jobs up to the next step's.

    Params:
        jobs: fewest jobs at once, waiting and rendering, that the step applies to.
        workers: workers wanted.
    """

    jobs: int
    workers: int


def scaling_steps(warm_pool_size: int, max_workers: int, spare_workers: int) -> list[ScalingStep]:
    """The steps for a fleet's sizes, from zero jobs, for which no worker is wanted beyond the warm pool.

    On each step, each job has a worker, and `spare_workers` more wait for the next jobs. Between the warm pool and the
    maximum, steps grow by a constant ratio, an eighth from 10 to 50: a small fleet grows by single workers, a large one
    by dozens. The steps below the warm pool and above the maximum are for sizes that are changed when deploying
    (`--var`); otherwise the scalable target's bounds cut them off.
    """
    pool = max(warm_pool_size, 1)
    worker_counts = {
        *(math.ceil(pool * step / _UP_TO_POOL) for step in range(1, _UP_TO_POOL + 1)),
        *_geometric(pool, max_workers, _UP_TO_MAXIMUM),
    }
    worker_counts |= _geometric(max_workers, MOST_WORKERS, _MOST_STEPS - 1 - len(worker_counts))
    steps = [ScalingStep(0, 0)]
    jobs = 1
    for workers in sorted(worker_counts):
        most_jobs = workers - spare_workers
        if most_jobs >= jobs or workers == MOST_WORKERS:
            steps.append(ScalingStep(jobs, workers))
            jobs = max(most_jobs + 1, jobs)
    return steps


def alarm_steps(steps: Sequence[ScalingStep], warm_pool_size: int, max_workers: int, count: int) -> list[int]:
    """The indexes of the steps that have an alarm: zero jobs, and up to `count` between warm pool and maximum, evenly.

    An alarm acts at once when its metric crosses its threshold, and otherwise once per minute. An alarm on every step
    would be the fastest, and the most expensive.
    """
    if max_workers <= warm_pool_size:
        return [0]
    candidates = [
        index
        for index, step in enumerate(steps)
        if index > 0 and step.workers > warm_pool_size and steps[index - 1].workers < max_workers
    ]
    chosen = {candidates[number * len(candidates) // count] for number in range(count)} if candidates else set()
    return [0, *sorted(chosen)]


def _geometric(low: int, high: int, count: int) -> set[int]:
    """`count` numbers above `low`, the last of them `high`, growing by a constant ratio and rounded up."""
    return {math.ceil(low * (high / low) ** (step / count) - 1e-9) for step in range(1, count + 1)}
