"""The cheapest sizes that hold an objective, found by playing them.

Waits fall and cost rises with the pool; so the smallest pool that holds the objective is looked for with as many
workers above it as there may be, then the smallest maximum, then how many must be on demand where Spot is scarce.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from ops.simulation.play import play
from ops.simulation.reading import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

MOST_WORKERS = 1000
"""What the variables allow; above it Fargate's quotas stop the fleet first."""
SCARCE = 0.5
"""Interruptions an hour for each worker on Spot that on-demand workers must make up for: one in two hours."""


@dataclass(frozen=True)
class Sizes:
    """What an operator sets."""

    warm_pool_size: int
    max_workers: int
    on_demand_workers: int

    @property
    def variables(self) -> dict[str, float]:
        """As Terraform variables."""
        return dict(vars(self))


@dataclass(frozen=True)
class Plan:
    """Sizes that hold the objective, and what they come to; `sizes` None where none do."""

    sizes: Sizes | None
    summary: Summary | None


class Planner:
    """Plays sizes against one trace, each once."""

    def __init__(self, stack: Stack, trace: Trace, *, hours: float, seed: int) -> None:
        self._stack = stack
        self._trace = trace
        self._hours = hours
        self._seed = seed
        self._played: dict[tuple[Sizes, float], Summary] = {}

    def summary(self, sizes: Sizes, timings: Timings | None = None) -> Summary:
        """What these sizes come to."""
        timings = timings or Timings()
        key = (sizes, timings.spot_interruptions)
        if key not in self._played:
            setting = self._stack.setting(sizes.variables)
            played = play(setting, self._trace, hours=self._hours, seed=self._seed, timings=timings)
            self._played[key] = summarise(played)
        return self._played[key]

    def cheapest(self, p95: float, p99: float = math.inf) -> Plan:
        """The cheapest sizes whose waits are at most `p95` and `p99` seconds."""

        def holds(sizes: Sizes, timings: Timings | None = None) -> bool:
            summary = self.summary(sizes, timings)
            return summary.wait_p95 <= p95 and summary.wait_p99 <= p99

        pool = smallest(0, MOST_WORKERS, lambda size: holds(Sizes(size, MOST_WORKERS, 0)))
        if pool is None:
            return Plan(None, None)
        most = smallest(max(pool, 1), MOST_WORKERS, lambda size: holds(Sizes(pool, size, 0))) or MOST_WORKERS
        scarce = Timings(spot_interruptions=SCARCE)
        # Where even a pool that is all on demand doesn't hold it, Spot isn't what is in the way.
        on_demand = smallest(0, pool, lambda count: holds(Sizes(pool, most, count), scarce)) or 0
        sizes = Sizes(pool, most, on_demand)
        return Plan(sizes, self.summary(sizes))


def smallest(low: int, high: int, holds: Callable[[int], bool]) -> int | None:
    """The smallest number from `low` to `high` that holds, if all above it do as well; None if `high` doesn't."""
    if not holds(high):
        return None
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low
