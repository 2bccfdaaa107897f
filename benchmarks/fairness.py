"""Simulates one hotel that sends 2,000 jobs among fifty that send a few, for docs/design/scale.md.

python -m benchmarks.fairness    prints what the others wait, with and without fair queues
"""

import math
import random
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ops.simulation.fair_queue import FairJobQueue
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.model import StackModel
from ops.simulation.simulator import QueueFactory, run_simulation
from ops.simulation.stack_reader import read_model
from ops.simulation.summary import percentile
from ops.simulation.traces import RENDER_MEDIAN, RENDER_SPREAD
from ops.stack.synthesis import synthesise

HOTELS, JOBS_PER_HOTEL_AND_HOUR = 50, 4
LARGE, LARGE_JOBS = "large", 2_000
HOURS = 3.0
BEGIN_SECONDS = 3_600.0
"""When the large hotel begins to send, in seconds."""
SEEDS = range(1, 21)

SENDING = {"at once": 20.0, "over half an hour": 1_800.0}
"""How long the large hotel sends, in seconds."""

QUEUES: dict[str, QueueFactory] = {
    "not fair": JobQueue,
    "fair": FairJobQueue,
    "fair, if five silent minutes make it quiet": partial(FairJobQueue, is_quiet_when_silent=True),
}


def main() -> None:
    """Print one line per way of sending and queue."""
    with tempfile.TemporaryDirectory() as folder:
        model = read_model(synthesise("prod", Path(folder))).with_helpers(False)
    print("2,000 jobs | queue | others' p50 s | p95 s | longest s | the large hotel's p50 s | p95 s")
    for sending, seconds in SENDING.items():
        for name, queue in QUEUES.items():
            jobs = [job for seed in SEEDS for job in simulate(model, queue, seconds, seed)]
            others = waits(jobs, is_large=False)
            large = waits(jobs, is_large=True)
            print(
                f"{sending} | {name} | {percentile(others, 0.5):.0f} | {percentile(others, 0.95):.0f} "
                f"| {others[-1]:.0f} | {percentile(large, 0.5):.0f} | {percentile(large, 0.95):.0f}",
                flush=True,
            )


def simulate(model: StackModel, queue: QueueFactory, seconds: float, seed: int) -> list[Job]:
    """The jobs that arrived from the large hotel's first job until the start of its last one."""
    trace, tenants = arrivals(seconds, seed)
    result = run_simulation(model, trace, hours=HOURS, seed=seed, tenants=tenants, make_queue=queue)
    last = max(job.started for job in result.jobs if job.tenant == LARGE)
    return [job for job in result.jobs if BEGIN_SECONDS <= job.arrived <= last]


def arrivals(seconds: float, seed: int) -> tuple[list[tuple[float, float]], list[str]]:
    """A trace and the tenant of each of its jobs: fifty hotels at random moments, and the large one for `seconds`."""
    rng = random.Random(seed)  # noqa: S311  no secret
    small = [
        (rng.uniform(0, HOURS * 3600), f"hotel {number}")
        for number in range(HOTELS)
        for _ in range(round(JOBS_PER_HOTEL_AND_HOUR * HOURS))
    ]
    large = [(BEGIN_SECONDS + seconds * number / LARGE_JOBS, LARGE) for number in range(LARGE_JOBS)]
    ordered = sorted(small + large)
    trace = [(arrival, rng.lognormvariate(math.log(RENDER_MEDIAN), RENDER_SPREAD)) for arrival, _ in ordered]
    return trace, [tenant for _, tenant in ordered]


def waits(jobs: Sequence[Job], *, is_large: bool) -> list[float]:
    """Seconds from arrival to the start of the render, of the large hotel's jobs or of all others, ascending."""
    return sorted(job.waited for job in jobs if (job.tenant == LARGE) is is_large)


if __name__ == "__main__":
    main()
