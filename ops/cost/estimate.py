"""A month's bill as a whole, and what one video and one more worker-hour cost."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.cost.bill import Bill, Item
from ops.cost.fleet import Fleet, WorkerSize, fleet
from ops.cost.items import items
from ops.cost.prices import Price
from ops.cost.resources import Resources
from ops.cost.usage import Usage


@dataclass(frozen=True)
class Estimate:
    """A month.

    Params:
        items: the bill's lines.
        workers: the fleet; none where there is none.
        usage: what was assumed.
        prices: the region's.
        resources: what was priced.
    """

    items: list[Item]
    workers: Fleet | None
    usage: Usage
    prices: Mapping[str, Price]
    resources: Resources

    @property
    def usd(self) -> float:
        """US dollars a month, without tax and without the account's free tier."""
        return sum(item.usd for item in self.items)

    def groups(self) -> dict[str, float]:
        """US dollars a month by service."""
        sums: dict[str, float] = {}
        for item in self.items:
            sums[item.group] = sums.get(item.group, 0.0) + item.usd
        return sums

    @property
    def worker_hours(self) -> float:
        """Worker-hours that are paid."""
        return Bill(self.resources, self.prices, self.usage, self.workers).worker_hours

    @property
    def usd_a_video(self) -> float | None:
        """The month's bill shared among its videos."""
        videos = self.usage.videos_per_month
        return self.usd / videos if videos else None

    def render_usd(self, *, spot: bool) -> float | None:
        """What the worker's time costs that one video takes; nothing else, no idle time."""
        if self.workers is None:
            return None
        return worker_hour(self.workers.size, self.prices, spot=spot) * self.usage.render_seconds / 3600


def estimate(resources: Resources, prices: Mapping[str, Price], usage: Usage) -> Estimate:
    """The month of what was told of."""
    return Estimate(items(resources, prices, usage), fleet(resources), usage, prices, resources)


def worker_hour(size: WorkerSize, prices: Mapping[str, Price], *, spot: bool) -> float:
    """US dollars for an hour of one worker: processor, memory, disk, address."""
    kind = f"{'fargate_spot' if spot else 'fargate'}.{size.architecture}"
    return (
        size.vcpu * prices[f"{kind}.vcpu_hour"].usd
        + size.gib * prices[f"{kind}.gb_hour"].usd
        + size.paid_storage_gib * prices["fargate.storage_gb_hour"].usd
        + (prices["ipv4.hour"].usd if size.public_ip else 0.0)
    )
