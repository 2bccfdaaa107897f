"""Estimates the monthly bill, and the cost of one video and of one more worker-hour."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.cost.billed_fleet import BilledFleet, WorkerSize, billed_fleet
from ops.cost.items import items
from ops.cost.line_items import BillInputs, LineItem
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import Usage


@dataclass(frozen=True)
class Estimate:
    """A monthly bill.

    Params:
        items: the line items.
        fleet: the workers; None where there are none.
        usage: the assumptions.
        prices: the region's.
        resources: what was priced.
    """

    items: list[LineItem]
    fleet: BilledFleet | None
    usage: Usage
    prices: Mapping[str, Price]
    resources: Resources

    @property
    def usd(self) -> float:
        """US dollars per month, without tax and without the account's free tier."""
        return sum(item.usd for item in self.items)

    def groups(self) -> dict[str, float]:
        """US dollars per month by service."""
        sums: dict[str, float] = {}
        for item in self.items:
            sums[item.group] = sums.get(item.group, 0.0) + item.usd
        return sums

    @property
    def worker_hours(self) -> float:
        """Worker-hours per month that are billed."""
        return BillInputs(self.resources, self.prices, self.usage, self.fleet).worker_hours

    @property
    def usd_per_video(self) -> float | None:
        """The monthly bill divided by the month's videos; None without videos."""
        videos = self.usage.videos_per_month
        return self.usd / videos if videos else None

    def render_usd(self, *, spot: bool) -> float | None:
        """Cost of the worker time for one video, without idle time; None without workers."""
        if self.fleet is None:
            return None
        return worker_hour(self.fleet.size, self.prices, spot=spot) * self.usage.render_seconds / 3600


def estimate(resources: Resources, prices: Mapping[str, Price], usage: Usage) -> Estimate:
    """The monthly bill of these resources."""
    return Estimate(items(resources, prices, usage), billed_fleet(resources), usage, prices, resources)


def worker_hour(size: WorkerSize, prices: Mapping[str, Price], *, spot: bool) -> float:
    """US dollars per hour of one worker: processor, memory, disk, address."""
    kind = f"{'fargate_spot' if spot else 'fargate'}.{size.architecture}"
    return (
        size.vcpu * prices[f"{kind}.vcpu_hour"].usd
        + size.gib * prices[f"{kind}.gb_hour"].usd
        + size.paid_storage_gib * prices["fargate.storage_gb_hour"].usd
        + (prices["ipv4.hour"].usd if size.public_ip else 0.0)
    )
