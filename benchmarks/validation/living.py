"""The trace, lived through: messages are sent, workers take them, the driver scales."""

import contextlib
import random
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.validation.driver import Driver
from benchmarks.validation.service import Service
from benchmarks.validation.site import Site
from benchmarks.validation.workload import message
from embedded.workers import WorkerProcess
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

TICK_SECONDS = 0.05
PATIENCE_SECONDS = 900.0
"""After the trace's end, until the last job must be done."""


class LivingError(RuntimeError):
    """The run is void: jobs failed, or were never done."""


@dataclass(frozen=True)
class Lived:
    """What was observed.

    - `waits`: seconds from a job's sending to the receipt that led to its video, a job each.
    - `worker_seconds`: of all workers, from when they'd be billed to their end.
    """

    waits: list[float]
    worker_seconds: float


class Jobs:
    """What the workers' logs say of the jobs."""

    def __init__(self) -> None:
        self.waited: dict[str, float] = {}
        self.done: set[str] = set()
        self.failed: set[str] = set()

    def hear(self, line: Mapping[str, Any]) -> None:
        """A log line."""
        if line["message"] == "Job started.":
            self.waited[line["job_id"]] = line["waited"]
        elif line.get("JobsCompleted"):
            self.done.add(line["job_id"])
        elif line.get("JobsFailed"):
            self.failed.add(line["job_id"])


def live(site: Site, trace: Trace, seconds: float, timings: Timings, chance: random.Random) -> Lived:
    """Send the trace's jobs at their seconds, and on until `seconds` are over and the last job is done.

    Raises `LivingError`.
    """
    jobs = Jobs()
    with _running(site, timings, chance, jobs) as (driver, service):
        _wait_for_pool(site, service)
        began = time.time()
        waiting = [(began + arrival, f"job-{number}", render) for number, (arrival, render) in enumerate(trace)]
        desired = 0
        sqs = site.aws.client("sqs")
        while (now := time.time()) < began + seconds or waiting or len(jobs.done) < len(trace):
            while waiting and waiting[0][0] <= now:
                _, job_id, render = waiting.pop(0)
                sqs.send_message(QueueUrl=site.queue_url, MessageBody=message(job_id, site.host.url(render)))
            driver.tick(now)
            if driver.target.desired != desired:
                desired = driver.target.desired
                print(f"{now - began:6.0f} s: {desired} workers wanted, {len(jobs.done)} jobs done", file=sys.stderr)
            if jobs.failed or now > began + seconds + PATIENCE_SECONDS:
                raise LivingError(f"{len(jobs.failed)} jobs failed, {len(jobs.done)} of {len(trace)} were done.")
            time.sleep(TICK_SECONDS)
        worker_seconds = sum(task.billed(now) for task in service.tasks)
        for task in service.tasks:  # what was idle before the trace began doesn't count
            worker_seconds -= max(began - task.billed_from, 0.0)
    return Lived([jobs.waited[job_id] for job_id in jobs.done], worker_seconds)


@contextlib.contextmanager
def _running(site: Site, timings: Timings, chance: random.Random, jobs: Jobs) -> Iterator[tuple[Driver, Service]]:
    """A driver and its service; every worker is stopped at the end."""
    started: list[WorkerProcess] = []

    def start(task: str) -> WorkerProcess:
        started.append(site.start(task))
        driver.follow(site.log(task))
        return started[-1]

    def delays() -> tuple[float, float]:
        return timings.provision.draw(chance), timings.pull.draw(chance)

    sqs = site.aws.client("sqs")

    def count_waiting() -> int:
        name = "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=site.queue_url, AttributeNames=[name])["Attributes"][name])

    service = Service(start, site.agent.stop_if_unprotected, delays)
    driver = Driver(
        site.scaling(), service, timings, chance, count_waiting=count_waiting, queue=site.queue, on_line=jobs.hear
    )
    try:
        driver.begin(time.time())
        yield driver, service
    finally:
        for worker in started:
            worker.stop()


def _wait_for_pool(site: Site, service: Service) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(site.agent.takes_jobs_since(task.name) for task in service.tasks):
        if time.monotonic() > deadline:
            raise LivingError("The pool's workers did not start.")
        time.sleep(TICK_SECONDS)
