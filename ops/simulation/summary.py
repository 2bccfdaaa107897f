"""What a run came to, in the figures that an operator decides by."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.simulation.fargate import SPOT
from ops.simulation.play import Played
from ops.simulation.prices import worker_hour


@dataclass(frozen=True)
class Summary:
    """Waits are seconds from a job's arrival to the begin of the render that was finished; a job that never was is
    counted as waiting to the end of the run."""

    policy: str
    jobs: int
    lost: int
    """In the dead-letter queue."""
    unfinished: int
    killed: int
    """Renders ended by scale-in."""
    interrupted: int
    """Renders ended by a Spot interruption; their jobs went back to the queue."""
    wait_p50: float
    wait_p95: float
    wait_p99: float
    wait_max: float
    wait_mean: float
    within_1_s: float
    """Share of the jobs."""
    peak_workers: int
    mean_workers: float
    starts: int
    on_demand_hours: float
    spot_hours: float
    usd: float

    @property
    def worker_hours(self) -> float:
        """Both kinds together."""
        return self.on_demand_hours + self.spot_hours

    def as_json(self) -> dict[str, Any]:
        """For `--json`: numbers rounded to what they can bear."""
        values = {**asdict(self), "worker_hours": self.worker_hours}
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}


def summarise(played: Played) -> Summary:
    """Sum up a run."""
    waits = sorted(job.waited if job.waited >= 0 else played.seconds - job.arrived for job in played.jobs)
    hours = {provider: seconds / 3600 for provider, seconds in played.ledger.seconds.items()}
    worker = played.setting.worker
    total = sum(hours.values())
    return Summary(
        policy=played.setting.name,
        jobs=len(waits),
        lost=played.lost,
        unfinished=played.unfinished,
        killed=played.ledger.killed,
        interrupted=played.ledger.interrupted,
        wait_p50=percentile(waits, 0.50),
        wait_p95=percentile(waits, 0.95),
        wait_p99=percentile(waits, 0.99),
        wait_max=waits[-1] if waits else 0.0,
        wait_mean=sum(waits) / len(waits) if waits else 0.0,
        within_1_s=sum(wait <= 1.0 for wait in waits) / len(waits) if waits else 1.0,
        peak_workers=played.ledger.peak,
        mean_workers=total * 3600 / played.seconds,
        starts=played.ledger.starts,
        on_demand_hours=total - hours.get(SPOT, 0.0),
        spot_hours=hours.get(SPOT, 0.0),
        usd=sum(count * worker_hour(worker, provider) for provider, count in hours.items()),
    )


def percentile(ascending: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all don't exceed (nearest rank); 0 of none."""
    return ascending[max(math.ceil(share * len(ascending)) - 1, 0)] if ascending else 0.0
