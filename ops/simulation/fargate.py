"""Fargate: which provider a task goes to, when it may be launched, how long it takes to start."""

import random
from collections.abc import Mapping, Sequence

from ops.simulation.model import Provider
from ops.simulation.timings import Timings

SPOT = "FARGATE_SPOT"
BURST, REFILL = 100.0, 20.0
"""Tasks that may be launched at once, and tasks a second after that, on demand and on Spot each, an account and region.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/throttling.html"""


def choose_provider(providers: Sequence[Provider], running: Mapping[str, int]) -> str:
    """Where the next task goes: each base is filled first, then tasks are spread by weight.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    for provider in providers:
        if running.get(provider.name, 0) < provider.base:
            return provider.name
    weighted = [provider for provider in providers if provider.weight > 0] or list(providers)

    def fullness(provider: Provider) -> float:
        return (running.get(provider.name, 0) - provider.base + 1) / max(provider.weight, 1)

    return min(weighted, key=fullness).name


class LaunchQuota:
    """A token bucket: `BURST` launches at once, `REFILL` a second after that."""

    def __init__(self) -> None:
        self._tokens = BURST
        self._at = 0.0

    def delay(self, now: float) -> float:
        """Seconds that a task launched now has to wait for its token."""
        self._tokens = min(BURST, self._tokens + max(now - self._at, 0.0) * REFILL)
        self._at = max(now, self._at)
        self._tokens -= 1
        return max(-self._tokens, 0.0) / REFILL


def start_seconds(timings: Timings, chance: random.Random) -> tuple[float, float]:
    """Seconds until billing begins, and from then until the worker takes jobs."""
    return timings.provision.draw(chance), timings.pull.draw(chance) + timings.boot.draw(chance)
