"""Measures the overhead of a job and the start time of a worker on this machine, for the simulator."""

import itertools
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.validation.driver import LogTail
from benchmarks.validation.testbed import Testbed
from benchmarks.validation.workload import message
from embedded.workers import WorkerProcess
from ops.simulation.timings import LogNormal

WORKERS = 2
STARTS, JOBS_EACH = 3, 6
HOST_DELAY_SECONDS = 1.0
TIMEOUT_SECONDS = 120.0
SHUTDOWN_SECONDS = 60.0


class CalibrationError(RuntimeError):
    """The workers didn't finish their jobs in time."""


@dataclass(frozen=True)
class Overheads:
    """Times on this machine, in seconds.

    - `job`: mean time from a job's receipt to the next one's, less the delay of its clip.
    - `boots`: times from a process's start until it requests its first job, ascending.
    """

    job: float
    boots: tuple[float, ...]

    @property
    def boot(self) -> LogNormal:
        """The start time as a distribution: the median, and the longest as the 95th percentile."""
        return LogNormal(statistics.median(self.boots), self.boots[-1])


def calibrate(testbed: Testbed) -> Overheads:
    """Start two workers three times, each with some waiting jobs. Raises `CalibrationError`."""
    jobs: list[float] = []
    boots: list[float] = []
    for number in range(STARTS):
        names = [f"measured-{number}-{worker}" for worker in range(WORKERS)]
        sent = _send(testbed, f"measured-{number}", WORKERS * JOBS_EACH)
        began = time.time()
        workers = [testbed.start(name) for name in names]
        try:
            received = _received(testbed, names, workers, sent)
            boots += [(testbed.started_at(name) or began) - began for name in names]
        finally:
            _shut_down(workers)
        for times in received:
            # The first job of a worker loads what later ones find loaded.
            jobs += [after - before - HOST_DELAY_SECONDS for before, after in itertools.pairwise(times[1:])]
    return Overheads(statistics.mean(jobs), tuple(sorted(boots)))


def _shut_down(workers: Sequence[WorkerProcess]) -> None:
    """Send each worker one SIGTERM, and wait until its long poll has ended.

    The embedded AWS continues a long poll whose connection is closed, and would lose the message that it receives.
    """
    for worker in workers:
        if worker.running:
            worker.terminate()
    for worker in workers:
        try:
            worker.wait(SHUTDOWN_SECONDS)
        finally:
            worker.stop()


def _send(testbed: Testbed, name: str, count: int) -> dict[str, float]:
    """Send `count` jobs. Returns the time at which each was sent, by its id."""
    sent = {}
    for number in range(count):
        job_id = f"{name}-{number}"
        sent[job_id] = time.time()
        body = message(job_id, testbed.host.url(HOST_DELAY_SECONDS))
        testbed.aws.client("sqs").send_message(QueueUrl=testbed.queue_url, MessageBody=body)
    return sent


def _received(
    testbed: Testbed, names: list[str], workers: list[WorkerProcess], sent: dict[str, float]
) -> list[list[float]]:
    """Wait until all jobs are done. Returns the times at which each worker received its jobs."""
    received: list[list[float]] = [[] for _ in names]
    tails = [LogTail(testbed.log(name)) for name in names]
    done = 0
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while done < len(sent):
        if time.monotonic() > deadline or not all(worker.running for worker in workers):
            raise CalibrationError(f"{done} of {len(sent)} jobs were done; the workers' logs are in {testbed.folder}.")
        for times, tail in zip(received, tails, strict=True):
            for line in tail.lines():
                if line["message"] == "Job started.":
                    times.append(sent[line["job_id"]] + line["waited"])
                done += line.get("JobsCompleted", 0)
        time.sleep(0.05)
    return received
