"""What a bill's lines are, and what they are made from."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.cost.fleet import Fleet
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import HOURS_A_MONTH, Usage

MB_A_GB = 1024
KB_A_GB = 1024 * 1024


@dataclass(frozen=True)
class Item:
    """One line of a month's bill.

    Params:
        group: the service, as people call it.
        what: what is counted.
        quantity: how much of it in a month, in the price's unit.
        price: what a unit costs.
        why: where the quantity comes from.
    """

    group: str
    what: str
    quantity: float
    price: Price
    why: str

    @property
    def usd(self) -> float:
        """US dollars a month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True)
class Bill:
    """What the items are made from."""

    resources: Resources
    prices: Mapping[str, Price]
    usage: Usage
    workers: Fleet | None

    def item(self, group: str, price: str, quantity: float, why: str, what: str = "") -> Item:
        """A line at a price of the table."""
        return Item(group, what or self.prices[price].what, quantity, self.prices[price], why)

    @property
    def worker_hours(self) -> float:
        """Worker-hours in a month: the pool's and what comes on top."""
        return self._warm_hours + self.burst_hours

    @property
    def burst_hours(self) -> float:
        """Worker-hours above the pool: as assumed, and at least what renders take; none where none may run."""
        if self.workers is None or self.workers.max_workers <= min(self.workers.pools):
            return 0.0
        return max(self.usage.burst_worker_hours, self.usage.busy_worker_hours - self._warm_hours)

    @property
    def _warm_hours(self) -> float:
        return self.workers.warm_pool * HOURS_A_MONTH if self.workers else 0.0
