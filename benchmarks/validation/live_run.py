"""Runs a trace with real workers: sends the messages, and lets the driver scale the fleet."""

import contextlib
import random
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.validation.driver import Driver
from benchmarks.validation.ecs_service import EcsService
from benchmarks.validation.testbed import Testbed
from benchmarks.validation.workload import message
from embedded.workers import WorkerProcess
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

TICK_SECONDS = 0.05
TIMEOUT_SECONDS = 900.0
"""Time from the trace's end until the last job must be done, in seconds."""


class LiveRunError(RuntimeError):
    """The run is invalid: jobs failed, or were never done."""


@dataclass(frozen=True)
class Observation:
    """What was observed.

    - `waits`: for each job, seconds from sending to the receive that led to its video.
    - `worker_seconds`: of all workers, from the beginning of billing to their end.
    """

    waits: list[float]
    worker_seconds: float


class Jobs:
    """The state of the jobs by the workers' logs."""

    def __init__(self) -> None:
        self.waited: dict[str, float] = {}
        self.done: set[str] = set()
        self.failed: set[str] = set()

    def record(self, line: Mapping[str, Any]) -> None:
        """Take a log line into account."""
        if line["message"] == "Job started.":
            self.waited[line["job_id"]] = line["waited"]
        elif line.get("JobsCompleted"):
            self.done.add(line["job_id"])
        elif line.get("JobsFailed"):
            self.failed.add(line["job_id"])


def run_live(testbed: Testbed, trace: Trace, seconds: float, timings: Timings, rng: random.Random) -> Observation:
    """Send the trace's jobs at their times, and continue until `seconds` are over and the last job is done.

    Raises `LiveRunError`.
    """
    jobs = Jobs()
    with _running(testbed, timings, rng, jobs) as (driver, service):
        _wait_for_pool(testbed, service)
        began = time.time()
        waiting = [(began + arrival, f"job-{number}", render) for number, (arrival, render) in enumerate(trace)]
        desired = 0
        sqs = testbed.aws.client("sqs")
        while (now := time.time()) < began + seconds or waiting or len(jobs.done) < len(trace):
            while waiting and waiting[0][0] <= now:
                _, job_id, render = waiting.pop(0)
                sqs.send_message(QueueUrl=testbed.queue_url, MessageBody=message(job_id, testbed.host.url(render)))
            driver.tick(now)
            if driver.target.desired != desired:
                desired = driver.target.desired
                print(f"{now - began:6.0f} s: {desired} workers wanted, {len(jobs.done)} jobs done", file=sys.stderr)
            if jobs.failed or now > began + seconds + TIMEOUT_SECONDS:
                raise LiveRunError(f"{len(jobs.failed)} jobs failed, {len(jobs.done)} of {len(trace)} were done.")
            time.sleep(TICK_SECONDS)
        worker_seconds = sum(task.billed(now) for task in service.tasks)
        for task in service.tasks:  # idle time before the trace doesn't count
            worker_seconds -= max(began - task.billed_from, 0.0)
    return Observation([jobs.waited[job_id] for job_id in jobs.done], worker_seconds)


@contextlib.contextmanager
def _running(testbed: Testbed, timings: Timings, rng: random.Random, jobs: Jobs) -> Iterator[tuple[Driver, EcsService]]:
    """A driver and its service; every worker is stopped at the end."""
    started: list[WorkerProcess] = []

    def start(task: str) -> WorkerProcess:
        started.append(testbed.start(task))
        driver.follow(testbed.log(task))
        return started[-1]

    def delays() -> tuple[float, float]:
        return timings.provision.draw(rng), timings.pull.draw(rng)

    sqs = testbed.aws.client("sqs")

    def count_waiting() -> int:
        name = "ApproximateNumberOfMessages"
        return int(sqs.get_queue_attributes(QueueUrl=testbed.queue_url, AttributeNames=[name])["Attributes"][name])

    service = EcsService(start, testbed.agent.stop_if_unprotected, delays)
    driver = Driver(
        testbed.scaling(), service, timings, rng, count_waiting=count_waiting, queue=testbed.queue, on_line=jobs.record
    )
    try:
        driver.begin(time.time())
        yield driver, service
    finally:
        for worker in started:
            worker.stop()


def _wait_for_pool(testbed: Testbed, service: EcsService) -> None:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not all(testbed.started_at(task.name) for task in service.tasks):
        if time.monotonic() > deadline:
            raise LiveRunError("The pool's workers did not start.")
        time.sleep(TICK_SECONDS)
