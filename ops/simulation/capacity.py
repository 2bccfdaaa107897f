"""Finds the cheapest sizes that meet an objective, by simulation.

Waits fall and cost rises with the pool. So the search finds the smallest pool that meets the objective with the largest
maximum, then the smallest maximum, then the workers that must be on demand where Spot is scarce.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

MOST_WORKERS = 1000
"""Largest value that Terraform's variables allow; above it Fargate's quotas are the limit."""
SCARCE_SPOT = 0.5
"""Spot interruptions per worker and hour that on-demand workers must compensate for: one in two hours."""


@dataclass(frozen=True)
class Sizes:
    """The sizes that an operator sets."""

    warm_pool_size: int
    max_workers: int
    on_demand_workers: int

    @property
    def variables(self) -> dict[str, float]:
        """The sizes as Terraform variables."""
        return dict(vars(self))


@dataclass(frozen=True)
class CapacityPlan:
    """The cheapest sizes that meet the objective, and their summary; both None where no sizes do."""

    sizes: Sizes | None
    summary: Summary | None


class CapacityPlanner:
    """Simulates sizes against one trace, each once."""

    def __init__(self, stack: Stack, trace: Trace, *, hours: float, seed: int) -> None:
        self._stack = stack
        self._trace = trace
        self._hours = hours
        self._seed = seed
        self._summaries: dict[tuple[Sizes, float], Summary] = {}

    def summary(self, sizes: Sizes, timings: Timings | None = None) -> Summary:
        """The summary of a simulation with these sizes."""
        timings = timings or Timings()
        key = (sizes, timings.spot_interruptions)
        if key not in self._summaries:
            model = self._stack.model(sizes.variables)
            result = run_simulation(model, self._trace, hours=self._hours, seed=self._seed, timings=timings)
            self._summaries[key] = summarise(result)
        return self._summaries[key]

    def cheapest(self, p95: float, p99: float = math.inf) -> CapacityPlan:
        """The cheapest sizes whose waits have at most these percentiles, in seconds."""

        def meets(sizes: Sizes, timings: Timings | None = None) -> bool:
            summary = self.summary(sizes, timings)
            return summary.wait_p95 <= p95 and summary.wait_p99 <= p99

        pool = smallest(0, MOST_WORKERS, lambda size: meets(Sizes(size, MOST_WORKERS, 0)))
        if pool is None:
            return CapacityPlan(None, None)
        most = smallest(max(pool, 1), MOST_WORKERS, lambda size: meets(Sizes(pool, size, 0))) or MOST_WORKERS
        scarce = Timings(spot_interruptions=SCARCE_SPOT)
        # Where even a pool that is all on demand misses the objective, Spot isn't the reason.
        on_demand = smallest(0, pool, lambda count: meets(Sizes(pool, most, count), scarce)) or 0
        sizes = Sizes(pool, most, on_demand)
        return CapacityPlan(sizes, self.summary(sizes))


def smallest(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """The smallest number from `low` to `high` that `holds`, which must be monotonic; None if `high` doesn't."""
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
