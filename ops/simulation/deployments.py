"""A deployment of a release while workers have jobs: how long it takes, and what it does to the jobs.

- ECS' rolling update with minimumHealthyPercent 100 and maximumPercent 200: as many new tasks start at once as there
  are old ones, and an old task stops for each new one that is healthy, unless the old one is protected.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
- During a deployment ECS refuses a protection (`DEPLOYMENT_BLOCKED`) that would make more tasks protected than desired.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
- SQS delivers a message to any open long poll, and SIGTERM closes none: see worker/consumer/shutdown.py.

AWS documents neither which unprotected task ECS stops nor how often it looks: here any, every `SCHEDULER_SECONDS`.
"""

import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from ops.simulation.fargate import LaunchQuota, start_seconds
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

SCHEDULER_SECONDS = 10.0
"""Time between two looks of ECS at the service, in seconds: an assumption."""

HEALTHY_SECONDS = 30.0
"""Time from a worker's start until its first health check, in seconds (modules/compute/container.py)."""

LONG_POLL_SECONDS, GRACE_SECONDS, MAX_RECEIVES = 20.0, 100.0, 3
"""Longest wait of a receive, longest render after SIGTERM, receives of a job before it is a dead letter, as in the
worker (worker/aws/queue.py, worker/consumer/shutdown.py) and the queue (modules/config/queue.py)."""

Steps = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class ProtectionPolicy:
    """When a worker asks for protection, and what it does where ECS refuses.

    Params:
        before_receive: it asks before each receive, and releases afterwards, for a second at least if no message came;
            refused, it receives nothing for as long as a long poll. Otherwise it asks when it has a message, and
            releases when a receive stays empty.
        returns_refused: refused, it returns the message. Otherwise it renders unprotected.
        kept_seconds: how long consecutive jobs keep a protection; the job after that is rendered unprotected.
    """

    name: str
    before_receive: bool = False
    returns_refused: bool = False
    kept_seconds: float = float("inf")


@dataclass
class Rollout:
    """What a deployment did."""

    seconds: float | None = None
    """From its begin until the last old worker has ended; None if the play ended first."""
    refused: int = 0
    """Refused protections."""
    handed_back: int = 0
    """Jobs that were returned because of SIGTERM, and rendered by another worker."""
    returned: int = 0
    """Jobs that were returned because protection was refused."""
    lost: int = 0
    """Jobs in the dead-letter queue."""
    done: int = 0
    """Jobs that were rendered, from the play's begin to its end."""
    calls: int = 0
    """Calls of task protection."""


@dataclass(eq=False)
class _Worker:
    is_old: bool
    stop: simpy.Event
    is_healthy: bool = False
    protected_at: float | None = None

    @property
    def is_protected(self) -> bool:
        return self.protected_at is not None

    def deadline(self) -> float:
        """When a render must end."""
        stopped_at: Any = self.stop.value if self.stop.triggered else float("inf")
        return float(stopped_at) + GRACE_SECONDS


def play_rollout(
    policy: ProtectionPolicy,
    trace: Trace,
    *,
    workers: int,
    begins: float,
    ends: float,
    seed: int = 1,
    timings: Timings | None = None,
) -> Rollout:
    """Play a deployment to a service whose desired count stays `workers`.

    Params:
        trace: the jobs.
        begins, ends: when the deployment begins, and when the play ends, in the trace's seconds.
        seed: of the random numbers.
        timings: default: the assumptions of timings.py.
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    return _Play(policy, workers, rng, timings or Timings()).run(trace, begins, ends)


class _Play:
    def __init__(self, policy: ProtectionPolicy, desired: int, rng: random.Random, timings: Timings) -> None:
        self._policy = policy
        self._desired = desired
        self._rng = rng
        self._timings = timings
        self._environment = simpy.Environment()
        self._queue = JobQueue(MAX_RECEIVES)
        self._polls: list[simpy.Event] = []
        self._workers: list[_Worker] = []
        self._deploying = False
        self._began = 0.0
        self._rollout = Rollout()

    def run(self, trace: Trace, begins: float, ends: float) -> Rollout:
        for _ in range(self._desired):
            self._environment.process(self._work(self._launch(is_old=True)))
        self._environment.process(self._send(trace))
        self._environment.process(self._deploy(begins))
        self._environment.run(until=ends)
        self._rollout.lost = len(self._queue.lost)
        return self._rollout

    # ECS

    def _launch(self, *, is_old: bool) -> _Worker:
        worker = _Worker(is_old, self._environment.event(), is_healthy=is_old)
        self._workers.append(worker)
        return worker

    def _deploy(self, begins: float) -> Steps:
        yield self._wait(begins)
        self._deploying, self._began = True, begins
        quota = LaunchQuota()
        for _ in range(self._desired):
            self._environment.process(self._start(quota.delay(self._environment.now)))
        while any(worker.is_old for worker in self._workers):
            self._stop_surplus()
            yield self._wait(SCHEDULER_SECONDS)
        self._deploying = False

    def _start(self, delay: float) -> Steps:
        worker = self._launch(is_old=False)
        yield self._wait(delay + sum(start_seconds(self._timings, self._rng)))
        self._environment.process(self._work(worker))
        yield self._wait(HEALTHY_SECONDS)
        worker.is_healthy = True

    def _stop_surplus(self) -> None:
        running = [worker for worker in self._workers if not worker.stop.triggered]
        surplus = sum(worker.is_healthy for worker in running) - self._desired
        may_stop = [worker for worker in running if worker.is_old and not worker.is_protected]
        for worker in self._rng.sample(may_stop, max(min(surplus, len(may_stop)), 0)):
            worker.stop.succeed(self._environment.now)

    def _protect(self, worker: _Worker) -> bool:
        self._rollout.calls += 1
        protected = sum(other.is_protected for other in self._workers)
        if self._deploying and protected >= self._desired:
            self._rollout.refused += 1
            return False
        worker.protected_at = self._environment.now
        return True

    def _release(self, worker: _Worker) -> None:
        if worker.is_protected:
            self._rollout.calls += 1
            worker.protected_at = None

    # SQS

    def _send(self, trace: Trace) -> Steps:
        for arrived, render_seconds in trace:
            yield self._wait(arrived - self._environment.now)
            self._queue.send(Job(arrived, render_seconds))
            self._deliver()

    def _receive(self) -> Generator[simpy.Event, Any, Job | None]:
        poll = self._environment.event()
        self._polls.append(poll)
        self._deliver()
        yield poll | self._wait(LONG_POLL_SECONDS)
        if poll.triggered:
            job: Job | None = poll.value
            return job
        self._polls.remove(poll)
        return None

    def _deliver(self) -> None:
        while self._polls and len(self._queue):
            poll = self._polls.pop(self._rng.randrange(len(self._polls)))
            poll.succeed(self._queue.receive(self._environment.now))

    def _return(self, job: Job) -> None:
        if self._queue.make_visible(job, self._environment.now):
            self._deliver()

    # A worker

    def _work(self, worker: _Worker) -> Steps:
        poll = self._ask_before_receive if self._policy.before_receive else self._ask_after_receive
        while not worker.stop.triggered:
            yield from poll(worker)
        self._workers.remove(worker)
        if self._rollout.seconds is None and not any(other.is_old for other in self._workers):
            self._rollout.seconds = self._environment.now - self._began

    def _ask_before_receive(self, worker: _Worker) -> Steps:
        if not self._protect(worker):
            yield worker.stop | self._wait(LONG_POLL_SECONDS)
            return
        job = yield from self._receive()
        if job is not None:
            yield from self._render(worker, job)
        self._release(worker)
        if job is None:
            yield worker.stop | self._wait(1.0)

    def _ask_after_receive(self, worker: _Worker) -> Steps:
        job = yield from self._receive()
        if job is None:
            self._release(worker)
        elif worker.stop.triggered or self._keep(worker) or not self._policy.returns_refused:
            yield from self._render(worker, job)
        else:
            self._rollout.returned += 1
            self._return(job)
            yield worker.stop | self._wait(1.0)

    def _keep(self, worker: _Worker) -> bool:
        """As `TaskProtection.acquire` (worker/aws/task_protection.py)."""
        if worker.protected_at is None:
            return self._protect(worker)
        if self._environment.now - worker.protected_at > self._policy.kept_seconds:
            self._release(worker)
        return True

    def _render(self, worker: _Worker, job: Job) -> Steps:
        done = self._wait(job.render_seconds)
        ends = self._environment.now + job.render_seconds
        if not worker.stop.triggered:
            yield done | worker.stop
        if ends > worker.deadline():
            self._rollout.handed_back += 1
            self._return(job)
            return
        if not done.processed:
            yield done
        self._rollout.done += 1

    def _wait(self, seconds: float) -> simpy.Event:
        return self._environment.timeout(seconds)
