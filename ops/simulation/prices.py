"""What a worker costs, from the price table of `hospup-video cost`: vCPU and memory, on demand and Spot.

Addresses, scratch disks, logs and all else are in `hospup-video cost`: they don't depend on when a worker runs.
"""

from functools import cache

from ops.cost.prices import load
from ops.simulation.fargate import SPOT
from ops.simulation.model import WorkerSetting

_PROCESSORS = {"X86_64": "x86", "ARM64": "arm"}


@cache
def worker_hour(worker: WorkerSetting, provider: str) -> float:
    """What one worker costs in an hour, US dollars. Raises `CostError` for a region that the table hasn't."""
    prices = load().region(worker.region)
    kind = f"{'fargate_spot' if provider == SPOT else 'fargate'}.{_PROCESSORS[worker.architecture]}"
    return worker.vcpu * prices[f"{kind}.vcpu_hour"].usd + worker.gigabytes * prices[f"{kind}.gb_hour"].usd
