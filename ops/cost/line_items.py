"""A line item of the monthly bill, and the inputs that line items are calculated from."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.cost.billed_fleet import BilledFleet
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import HOURS_PER_MONTH, Usage

MB_PER_GB = 1024
KB_PER_GB = 1024 * 1024


@dataclass(frozen=True)
class LineItem:
    """One line item of the monthly bill.

    Params:
        group: name of the service.
        what: what is counted.
        quantity: amount per month, in the price's unit.
        price: price per unit.
        why: where the quantity comes from.
    """

    group: str
    what: str
    quantity: float
    price: Price
    why: str

    @property
    def usd(self) -> float:
        """US dollars per month."""
        return self.quantity * self.price.usd


@dataclass(frozen=True)
class BillInputs:
    """The inputs of the line items."""

    resources: Resources
    prices: Mapping[str, Price]
    usage: Usage
    fleet: BilledFleet | None

    def item(self, group: str, price: str, quantity: float, why: str, what: str = "") -> LineItem:
        """A line item at a price of the table."""
        return LineItem(group, what or self.prices[price].what, quantity, self.prices[price], why)

    @property
    def worker_hours(self) -> float:
        """Worker-hours per month: the pool's, and those above it."""
        return self._warm_hours + self.burst_hours

    @property
    def burst_hours(self) -> float:
        """Worker-hours above the pool: as assumed, at least what renders take; 0 where the maximum is the pool."""
        if self.fleet is None or self.fleet.max_workers <= min(self.fleet.pools):
            return 0.0
        return max(self.usage.burst_worker_hours, self.usage.busy_worker_hours - self._warm_hours)

    @property
    def _warm_hours(self) -> float:
        return self.fleet.warm_pool * HOURS_PER_MONTH if self.fleet else 0.0
