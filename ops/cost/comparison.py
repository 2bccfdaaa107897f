"""Compares the old README's cost figures with AWS's prices: which configurations meet them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ops.cost.billed_fleet import BilledFleet, CapacitySplit, WorkerSize
from ops.cost.estimate import worker_hour
from ops.cost.prices import Price
from ops.cost.usage import HOURS_PER_MONTH

OLD_MONTHS = {10: 300.0, 20: 600.0, 50: 1500.0}
"""US dollars per month that the old README promised, by number of workers always on."""
OLD_BURST_HOUR = 0.01
"""US dollars that it promised for an hour of one more worker."""

# The smallest memory that Fargate offers, by number of vCPU.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
_SMALLEST_GIB = {0.25: 0.5, 0.5: 1.0, 1.0: 2.0, 2.0: 4.0, 4.0: 8.0}
_SMALL = ("SQS", "ECR", "Logs")
_ALL_ON_DEMAND = CapacitySplit(0, 1, 0)
_ALL_SPOT = CapacitySplit(0, 0, 1)


@dataclass(frozen=True)
class Row:
    """One way to run the workers.

    Params:
        name: the configuration in words.
        months: US dollars per month for each number of workers in `OLD_MONTHS`.
        burst_hour: US dollars for an hour of one worker above the pool.
    """

    name: str
    months: Mapping[int, float]
    burst_hour: float

    def meets(self, workers: int) -> bool:
        """Whether `workers` cost no more than the old figure."""
        return self.months[workers] <= OLD_MONTHS[workers]

    @property
    def meets_burst(self) -> bool:
        """Whether the hour of one more worker costs no more than the old figure."""
        return self.burst_hour <= OLD_BURST_HOUR


@dataclass(frozen=True)
class Comparison:
    """The rows, and the conclusions in sentences."""

    rows: list[Row]
    verdicts: list[str]


def compare(fleet: BilledFleet, prices: Mapping[str, Price], groups: Mapping[str, float]) -> Comparison:
    """Compare this fleet and similar ones with the old figures. Only workers and their addresses are compared.

    Params:
        fleet: as configured.
        prices: the region's.
        groups: the monthly bill by service, for the other services in the old table.
    """
    size = fleet.size
    small = replace(size, architecture="arm", vcpu=1.0, gib=2.0)
    rows = [
        _row(f"as configured: {describe(size, fleet.split)}", size, fleet.split, prices),
        _row(
            f"{size.vcpu:g} vCPU, {size.gib:g} GiB, x86-64, on demand",
            replace(size, architecture="x86"),
            _ALL_ON_DEMAND,
            prices,
        ),
        _row(
            f"{size.vcpu:g} vCPU, {size.gib:g} GiB, ARM64, on demand",
            replace(size, architecture="arm"),
            _ALL_ON_DEMAND,
            prices,
        ),
        _row(
            f"{size.vcpu:g} vCPU, {size.gib:g} GiB, ARM64, all on Spot",
            replace(size, architecture="arm"),
            _ALL_SPOT,
            prices,
        ),
        _row("1 vCPU, 2 GiB, ARM64, on demand", small, _ALL_ON_DEMAND, prices),
        _row("1 vCPU, 2 GiB, ARM64, all on Spot", small, _ALL_SPOT, prices),
    ]
    verdicts = [
        _pool_verdict(fleet, rows[0], prices),
        _burst_verdict(rows[0], size, prices),
        _origin(prices),
        f"{', '.join(f'{name} ${groups.get(name, 0.0):,.2f}' for name in _SMALL)} a month: what the old table named "
        "besides is small.",
    ]
    return Comparison(rows, verdicts)


def describe(size: WorkerSize, split: CapacitySplit) -> str:
    """A worker and its split, in words."""
    architecture = {"arm": "ARM64", "x86": "x86-64"}[size.architecture]
    if split.on_demand_share == 1:
        kind = "on demand"
    elif split.on_demand_share > 0:
        kind = f"{split.base:g} on demand, then {split.on_demand_share:.0%} of the rest"
    else:
        kind = f"{split.base:g} on demand, the rest on Spot" if split.base else "all on Spot"
    return f"{size.vcpu:g} vCPU, {size.gib:g} GiB, {architecture}, {kind}"


def _row(name: str, size: WorkerSize, split: CapacitySplit, prices: Mapping[str, Price]) -> Row:
    on_demand, spot = (worker_hour(size, prices, spot=kind) for kind in (False, True))
    months = {
        workers: HOURS_PER_MONTH * (split.on_demand(workers) * on_demand + (workers - split.on_demand(workers)) * spot)
        for workers in OLD_MONTHS
    }
    share = split.on_demand_share
    return Row(name, months, share * on_demand + (1 - share) * spot)


def _pool_verdict(fleet: BilledFleet, row: Row, prices: Mapping[str, Price]) -> str:
    """Whether the old figures for the pool are met, and with how many on-demand workers they are."""
    kept = [workers for workers in OLD_MONTHS if row.meets(workers)]
    missed = [workers for workers in OLD_MONTHS if not row.meets(workers)]
    old_figures = ", ".join(f"{workers} workers for ${OLD_MONTHS[workers]:,.0f}" for workers in missed)
    if not missed:
        return "As configured, the fleet costs no more than the old table said, at each of its sizes."
    most = {workers: _most_on_demand(fleet.size, workers, prices) for workers in missed}
    if any(count is None for count in most.values()):
        way = f"no split of workers of {fleet.size.vcpu:g} vCPU and {fleet.size.gib:g} GiB does"
    else:
        limits = ", ".join(f"{count} of {workers}" for workers, count in most.items())
        way = f"it does with on_demand_workers of at most {limits}"
    also = f" It does for {', '.join(map(str, kept))}." if kept else ""
    return f"As configured, the fleet doesn't give {old_figures}: {way}.{also}"


def _most_on_demand(size: WorkerSize, workers: int, prices: Mapping[str, Price]) -> int | None:
    """Largest number of on-demand workers within the old figure; None if even Spot alone costs more."""
    on_demand, spot = (worker_hour(size, prices, spot=kind) for kind in (False, True))
    left = OLD_MONTHS[workers] / HOURS_PER_MONTH - workers * spot
    return min(workers, math.floor(left / (on_demand - spot))) if left >= 0 else None


def _origin(prices: Mapping[str, Price]) -> str:
    """How the old figure for a worker may have been calculated."""
    old_worker = OLD_MONTHS[10] / 10
    vcpu = prices["fargate.x86.vcpu_hour"].usd * HOURS_PER_MONTH
    return (
        f"The old ${old_worker:.0f} a worker is about what one x86-64 vCPU costs (${vcpu:.2f}), without memory and "
        "address."
    )


def _burst_verdict(row: Row, size: WorkerSize, prices: Mapping[str, Price]) -> str:
    """Whether one more worker-hour meets the old figure, and the largest worker whose hour does."""
    if row.meets_burst:
        return f"A worker-hour beyond the pool costs ${row.burst_hour:.4f}: no more than the old $0.01."
    fits = [
        worker
        for vcpu, gib in _SMALLEST_GIB.items()
        if worker_hour(worker := replace(size, architecture="arm", vcpu=vcpu, gib=gib), prices, spot=True)
        <= OLD_BURST_HOUR
    ]
    largest = f"{fits[-1].vcpu:g} vCPU and {fits[-1].gib:g} GiB on ARM64 Spot" if fits else "none that Fargate has"
    return (
        f"A worker-hour beyond the pool costs ${row.burst_hour:.4f}, not $0.01. The largest worker of which an hour "
        f"costs no more is {largest}; one render fills two vCPU, so it would take several times as long."
    )
