"""Sums up a simulation in the figures that operators decide by."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ops.simulation.fargate import SPOT, worker_hour
from ops.simulation.simulator import SimulationResult


@dataclass(frozen=True)
class Summary:
    """The figures of one run.

    Waits are in seconds, from a job's arrival to the start of the render that finished; times to video, to the end of
    that render. Both of a job that never finished last until the end of the run.
    """

    policy: str
    jobs: int
    lost: int
    """Jobs in the dead-letter queue."""
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
    video_p50: float
    """Time to video."""
    video_p95: float
    video_p99: float
    within_1_s: float
    """Share of the jobs that waited one second at most, 0 to 1."""
    peak_workers: int
    mean_workers: float
    starts: int
    helped_jobs: int
    parts_rendered: int
    parts_dropped: int
    parts_taken_over: int
    on_demand_hours: float
    spot_hours: float
    usd: float

    @property
    def worker_hours(self) -> float:
        """Worker-hours on demand and on Spot together."""
        return self.on_demand_hours + self.spot_hours

    def as_json(self) -> dict[str, Any]:
        """For `--json`, with rounded numbers."""
        values = {**asdict(self), "worker_hours": self.worker_hours}
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}


def summarise(result: SimulationResult) -> Summary:
    """Sum up a run."""
    waits = sorted(job.waited if job.waited >= 0 else result.seconds - job.arrived for job in result.jobs)
    videos = sorted(job.took if job.took >= 0 else result.seconds - job.arrived for job in result.jobs)
    hours = {provider: seconds / 3600 for provider, seconds in result.counter.seconds.items()}
    worker = result.model.worker
    total = sum(hours.values())
    return Summary(
        policy=result.model.name,
        jobs=len(waits),
        lost=result.lost,
        unfinished=result.unfinished,
        killed=result.counter.killed,
        interrupted=result.counter.interrupted,
        wait_p50=percentile(waits, 0.50),
        wait_p95=percentile(waits, 0.95),
        wait_p99=percentile(waits, 0.99),
        wait_max=waits[-1] if waits else 0.0,
        wait_mean=sum(waits) / len(waits) if waits else 0.0,
        video_p50=percentile(videos, 0.50),
        video_p95=percentile(videos, 0.95),
        video_p99=percentile(videos, 0.99),
        within_1_s=sum(wait <= 1.0 for wait in waits) / len(waits) if waits else 1.0,
        peak_workers=result.counter.peak,
        mean_workers=total * 3600 / result.seconds,
        starts=result.counter.starts,
        helped_jobs=result.counter.helped_jobs,
        parts_rendered=result.counter.parts_rendered,
        parts_dropped=result.counter.parts_dropped,
        parts_taken_over=result.counter.parts_taken_over,
        on_demand_hours=total - hours.get(SPOT, 0.0),
        spot_hours=hours.get(SPOT, 0.0),
        usd=sum(count * worker_hour(worker, provider) for provider, count in hours.items()),
    )


def percentile(ascending: Sequence[float], share: float) -> float:
    """The percentile `share`, 0 to 1, by nearest rank; 0 of no values."""
    return ascending[max(math.ceil(share * len(ascending)) - 1, 0)] if ascending else 0.0
