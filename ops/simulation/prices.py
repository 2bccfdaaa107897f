"""Fargate's prices in eu-west-1, May 2026. To be replaced by the dated price table of `hospup-video cost` (ops/cost).

Per vCPU-hour and GB-hour in US dollars, https://aws.amazon.com/fargate/pricing/. Spot's price follows supply: the share
here is the list's "up to 70 % less", as billed in quiet times.
"""

from collections.abc import Mapping

from ops.simulation.fargate import SPOT
from ops.simulation.model import WorkerSetting

VCPU_HOUR: Mapping[str, float] = {"X86_64": 0.04048, "ARM64": 0.03238}
GB_HOUR: Mapping[str, float] = {"X86_64": 0.004445, "ARM64": 0.00356}
SPOT_SHARE = 0.3


def worker_hour(worker: WorkerSetting, provider: str) -> float:
    """What one worker costs in an hour, US dollars."""
    on_demand = worker.vcpu * VCPU_HOUR[worker.architecture] + worker.gigabytes * GB_HOUR[worker.architecture]
    return on_demand * (SPOT_SHARE if provider == SPOT else 1.0)
