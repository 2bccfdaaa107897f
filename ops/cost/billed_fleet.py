"""The workers as AWS bills them: size, number, on demand or on Spot."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ops.cost.resources import Resources, block, blocks, number

INCLUDED_STORAGE_GIB = 20
"""Scratch disk that is free of charge, in GiB. https://aws.amazon.com/fargate/pricing/"""

_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_WEEK_HOURS = 7 * 24


@dataclass(frozen=True)
class WorkerSize:
    """One worker.

    Params:
        vcpu: virtual CPUs.
        gib: GiB of memory.
        architecture: `arm` or `x86`.
        storage_gib: GiB of scratch disk.
        public_ip: whether it has a public IPv4 address.
    """

    vcpu: float
    gib: float
    architecture: str
    storage_gib: float = INCLUDED_STORAGE_GIB
    public_ip: bool = False

    @property
    def paid_storage_gib(self) -> float:
        """GiB of scratch disk above the free part."""
        return max(0.0, self.storage_gib - INCLUDED_STORAGE_GIB)


@dataclass(frozen=True)
class CapacitySplit:
    """How a service divides its tasks: `base` on demand first, the others by weight.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """

    base: float
    on_demand_weight: float
    spot_weight: float

    @property
    def on_demand_share(self) -> float:
        """Share of the workers above the base that are on demand, 0 to 1; 1 without Spot."""
        total = self.on_demand_weight + self.spot_weight
        return self.on_demand_weight / total if total else 1.0

    def on_demand(self, workers: float) -> float:
        """Number of on-demand workers among `workers`."""
        first = min(workers, self.base)
        return first + (workers - first) * self.on_demand_share


@dataclass(frozen=True)
class BilledFleet:
    """The workers of an environment.

    Params:
        size: of each worker.
        split: on demand and on Spot.
        pools: workers always on, for each of a week's 168 hours.
        max_workers: largest number of workers.
    """

    size: WorkerSize
    split: CapacitySplit
    pools: Sequence[float]
    max_workers: float

    @property
    def warm_pool(self) -> float:
        """Workers always on; a week's mean."""
        return sum(self.pools) / len(self.pools)

    @property
    def warm_on_demand(self) -> float:
        """Workers always on that are on demand; a week's mean."""
        return sum(map(self.split.on_demand, self.pools)) / len(self.pools)


def billed_fleet(resources: Resources) -> BilledFleet | None:
    """The environment's workers; None where it has no service."""
    task, service = resources.first("aws_ecs_task_definition"), resources.first("aws_ecs_service")
    if task is None or service is None:
        return None
    target = resources.first("aws_appautoscaling_target")
    desired = number(service.get("desired_count"))
    least = number(target.get("min_capacity")) if target else desired
    return BilledFleet(
        size=_size(task, service),
        split=_split(blocks(service.get("capacity_provider_strategy"))),
        pools=_week(least, resources.all("aws_appautoscaling_scheduled_action")),
        max_workers=number(target.get("max_capacity")) if target else desired,
    )


def _size(task: Mapping[str, Any], service: Mapping[str, Any]) -> WorkerSize:
    arm = block(task.get("runtime_platform")).get("cpu_architecture") == "ARM64"
    return WorkerSize(
        vcpu=number(task.get("cpu")) / 1024,
        gib=number(task.get("memory")) / 1024,
        architecture="arm" if arm else "x86",
        storage_gib=number(block(task.get("ephemeral_storage")).get("size_in_gib"), INCLUDED_STORAGE_GIB),
        public_ip=block(service.get("network_configuration")).get("assign_public_ip") is True,
    )


def _split(strategy: Sequence[Mapping[str, Any]]) -> CapacitySplit:
    by_provider = {item.get("capacity_provider"): item for item in strategy}
    on_demand, spot = by_provider.get("FARGATE", {}), by_provider.get("FARGATE_SPOT", {})
    if not strategy:
        return CapacitySplit(0, 1, 0)
    return CapacitySplit(number(on_demand.get("base")), number(on_demand.get("weight")), number(spot.get("weight")))


def _week(least: float, actions: Sequence[Mapping[str, Any]]) -> list[float]:
    """The pool in each hour of a week, Monday's midnight first: a scheduled action holds until the next."""
    changes = dict[int, float]()
    # Ends of schedules come before beginnings, so that a schedule wins that begins where another ends.
    for action in sorted(actions, key=lambda item: str(item.get("name", "")).endswith("-begin")):
        size = block(action.get("scalable_target_action")).get("min_capacity")
        if size is not None:
            changes |= dict.fromkeys(hours(str(action.get("schedule", ""))), number(size, least))
    pools, pool = [], least
    for hour in range(2 * _WEEK_HOURS):  # the first week only finds the pool at the beginning of the second
        pool = changes.get(hour % _WEEK_HOURS, pool)
        pools.append(pool)
    return pools[_WEEK_HOURS:]


def hours(schedule: str) -> list[int]:
    """The hours of a week, 0 to 167, in which a cron expression matches; none for other schedules.

    Minutes are ignored, since the pool is billed by the hour here; so are days of the month and months.
    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
    """
    match = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", schedule.strip())
    if match is None:
        return []
    of_day = _field(match[2], [str(hour) for hour in range(24)])
    of_week = _field(match[5], list(_DAYS))
    return [day * 24 + hour for day in of_week for hour in of_day]


def _field(text: str, names: list[str]) -> list[int]:
    """The positions that a field of a cron expression matches: `*`, `?`, `7`, `7-9`, `MON,FRI`."""
    if text in {"*", "?"}:
        return list(range(len(names)))
    found: list[int] = []
    for part in text.upper().split(","):
        first, _, last = part.partition("-")
        if first in names and (last or first) in names:
            found += range(names.index(first), names.index(last or first) + 1)
    return sorted(set(found))
