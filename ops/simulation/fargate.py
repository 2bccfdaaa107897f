"""Fargate: which capacity provider a task goes to, when it may be launched, how long it takes to start, its price."""

import random
from collections.abc import Mapping, Sequence
from functools import cache

from ops.cost.prices import load
from ops.simulation.model import CapacityProvider, WorkerModel
from ops.simulation.timings import Timings

SPOT = "FARGATE_SPOT"
_ARCHITECTURES = {"X86_64": "x86", "ARM64": "arm"}
"""The price table's names of processor architectures."""
BURST, REFILL = 100.0, 20.0
"""Tasks that may be launched at once, and per second after that; on demand and on Spot each, per account and region.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html"""


def choose_provider(providers: Sequence[CapacityProvider], running: Mapping[str, int]) -> str:
    """The capacity provider of the next task: each base is filled first, then tasks are spread by weight.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    for provider in providers:
        if running.get(provider.name, 0) < provider.base:
            return provider.name
    weighted = [provider for provider in providers if provider.weight > 0] or list(providers)

    def fullness(provider: CapacityProvider) -> float:
        return (running.get(provider.name, 0) - provider.base + 1) / max(provider.weight, 1)

    return min(weighted, key=fullness).name


class LaunchQuota:
    """A token bucket: `BURST` launches at once, `REFILL` per second after that."""

    def __init__(self) -> None:
        self._tokens = BURST
        self._at = 0.0

    def delay(self, now: float) -> float:
        """Time that a task launched now waits for its token, in seconds."""
        self._tokens = min(BURST, self._tokens + max(now - self._at, 0.0) * REFILL)
        self._at = max(now, self._at)
        self._tokens -= 1
        return max(-self._tokens, 0.0) / REFILL


def start_seconds(timings: Timings, rng: random.Random) -> tuple[float, float]:
    """Time until billing begins, and from then until the worker takes jobs, in seconds."""
    return timings.provision.draw(rng), timings.pull.draw(rng) + timings.boot.draw(rng)


@cache
def worker_hour(worker: WorkerModel, provider: str) -> float:
    """What the vCPU and memory of one worker cost per hour, in US dollars.

    Addresses, scratch disks, logs and all else are in `hospup-video cost`: they don't depend on when a worker runs.
    Raises `CostError` for a region that the price table doesn't have.
    """
    prices = load().region(worker.region)
    kind = f"{'fargate_spot' if provider == SPOT else 'fargate'}.{_ARCHITECTURES[worker.architecture]}"
    return worker.vcpu * prices[f"{kind}.vcpu_hour"].usd + worker.gigabytes * prices[f"{kind}.gb_hour"].usd
