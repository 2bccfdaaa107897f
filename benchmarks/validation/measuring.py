"""What a job costs beyond the wait for its clip, and a worker's start: measured here, told to the simulator."""

import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.validation.driver import LogTail
from benchmarks.validation.site import Site
from benchmarks.validation.workload import message
from embedded.workers import WorkerProcess
from ops.simulation.timings import LogNormal

WORKERS = 2
STARTS, JOBS_EACH = 3, 6
HELD_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
LET_GO_SECONDS = 60.0


class MeasuringError(RuntimeError):
    """The workers didn't do what was asked of them in time."""


@dataclass(frozen=True)
class Costs:
    """Seconds of this machine.

    - `job`: from a job's receipt to the next one's, less the time that its clip was held back; the mean.
    - `boots`: from a process's start until it asks for its first job, ascending.
    """

    job: float
    boots: tuple[float, ...]

    @property
    def boot(self) -> LogNormal:
        """As the simulator takes it: the median, and the longest for the 95th percentile."""
        return LogNormal(statistics.median(self.boots), self.boots[-1])


def measure(site: Site) -> Costs:
    """Start two workers three times, each to do some jobs that wait for it already. Raises `MeasuringError`."""
    jobs: list[float] = []
    boots: list[float] = []
    for number in range(STARTS):
        names = [f"measured-{number}-{worker}" for worker in range(WORKERS)]
        sent = _send(site, f"measured-{number}", WORKERS * JOBS_EACH)
        began = time.time()
        workers = [site.start(name) for name in names]
        try:
            received = _received(site, names, workers, sent)
            boots += [(site.agent.takes_jobs_since(name) or began) - began for name in names]
        finally:
            _let_go(workers)
        for times in received:
            # The first job of a worker loads what later ones find loaded.
            jobs += [after - before - HELD_SECONDS for before, after in itertools.pairwise(times[1:])]
    return Costs(statistics.mean(jobs), tuple(sorted(boots)))


def _let_go(workers: Sequence[WorkerProcess]) -> None:
    """One SIGTERM each, and their long polls come to their end: the embedded AWS goes on with one that is broken off,
    and would hand a message to nobody."""
    for worker in workers:
        if worker.running:
            worker.terminate()
    for worker in workers:
        try:
            worker.wait(LET_GO_SECONDS)
        finally:
            worker.stop()


def _send(site: Site, name: str, count: int) -> dict[str, float]:
    """Send so many jobs; when each was sent, by its id."""
    sent = {}
    for number in range(count):
        job_id = f"{name}-{number}"
        sent[job_id] = time.time()
        body = message(job_id, site.host.url(HELD_SECONDS))
        site.aws.client("sqs").send_message(QueueUrl=site.queue_url, MessageBody=body)
    return sent


def _received(site: Site, names: list[str], workers: list[WorkerProcess], sent: dict[str, float]) -> list[list[float]]:
    """When each worker received its jobs, once all are done."""
    received: list[list[float]] = [[] for _ in names]
    tails = [LogTail(site.log(name)) for name in names]
    done = 0
    deadline = time.monotonic() + PATIENCE_SECONDS
    while done < len(sent):
        if time.monotonic() > deadline or not all(worker.running for worker in workers):
            raise MeasuringError(f"{done} of {len(sent)} jobs were done; the workers' logs are in {site.folder}.")
        for times, tail in zip(received, tails, strict=True):
            for line in tail.lines():
                if line["message"] == "Job started.":
                    times.append(sent[line["job_id"]] + line["waited"])
                done += line.get("JobsCompleted", 0)
        time.sleep(0.05)
    return received
