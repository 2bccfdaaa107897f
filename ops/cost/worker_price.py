"""The price of a second of a worker, of the service as ECS describes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.cost.billed_fleet import INCLUDED_STORAGE_GIB, WorkerSize
from ops.cost.estimate import worker_hour
from ops.cost.prices import Price


@dataclass(frozen=True)
class WorkerPrice:
    """What a worker costs.

    Params:
        size: of a worker.
        on_demand_hour, spot_hour: US dollars per hour: processor, memory, disk, address.
        on_demand_share: share of the pool's workers that is on demand, 0 to 1.
    """

    size: WorkerSize
    on_demand_hour: float
    spot_hour: float
    on_demand_share: float

    @property
    def hour(self) -> float:
        """US dollars per hour of a worker of the pool, on average."""
        return self.on_demand_share * self.on_demand_hour + (1 - self.on_demand_share) * self.spot_hour

    def usd(self, seconds: float) -> float:
        """US dollars for so many seconds of a worker."""
        return self.hour * seconds / 3600


def worker_price(
    definition: Mapping[str, Any],
    prices: Mapping[str, Price],
    *,
    public_address: bool,
    pool: int,
    on_demand: int | None,
) -> WorkerPrice:
    """The price of a service's workers.

    Params:
        definition: ECS's task definition.
        prices: the region's.
        public_address: whether each has a public IPv4 address.
        pool: workers always on.
        on_demand: workers that never run on Spot; None: all.
    """
    arm = definition.get("runtimePlatform", {}).get("cpuArchitecture") == "ARM64"
    size = WorkerSize(
        vcpu=float(definition["cpu"]) / 1024,
        gib=float(definition["memory"]) / 1024,
        architecture="arm" if arm else "x86",
        storage_gib=definition.get("ephemeralStorage", {}).get("sizeInGiB", INCLUDED_STORAGE_GIB),
        public_ip=public_address,
    )
    share = 1.0 if on_demand is None else min(1.0, on_demand / max(pool, 1))
    return WorkerPrice(size, worker_hour(size, prices, spot=False), worker_hour(size, prices, spot=True), share)
