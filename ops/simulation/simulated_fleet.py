"""The simulated workers: launched, busy, stopped, interrupted.

- Scale-in stops no protected task; a busy worker that is protected stops when its job is done, if still too many run.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
- A Spot interruption gives two minutes' notice as SIGTERM, protected or not; a new task is started at once.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
- SIGTERM: a render that will be done within the grace is finished, any other handed back at once
  (worker/consumer/shutdown.py).
"""

import random
from collections.abc import Callable

import simpy

from ops.simulation.fargate import SPOT, LaunchQuota, choose_provider, start_seconds
from ops.simulation.helpers import Helpers
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.model import StackModel
from ops.simulation.peak_jobs import COUNT_SECONDS, PeakJobsMetric
from ops.simulation.simulated_worker import SimulatedWorker, TaskCounter
from ops.simulation.timings import Timings

CLEAN_UP_SECONDS = 20.0
"""Part of the stop timeout that a worker keeps for upload and report, in seconds (`GRACE_SECONDS`: 100 of 120)."""


class SimulatedFleet:
    """The ECS service: launches and stops tasks until `desired` of them run.

    Params:
        environment: simpy's clock.
        model: the stack.
        queue: the job queue.
        timings: durations.
        rng: the only source of randomness in the fleet.
        on_finished: called with each job that is rendered or lost.
        peak_jobs: the metric that the workers publish.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        model: StackModel,
        queue: JobQueue,
        timings: Timings,
        rng: random.Random,
        on_finished: Callable[[Job], None],
        peak_jobs: PeakJobsMetric,
    ) -> None:
        self._environment = environment
        self._model = model
        self._queue = queue
        self._timings = timings
        self._rng = rng
        self._on_finished = on_finished
        self._peak_jobs = peak_jobs
        self._quotas = {provider.name: LaunchQuota() for provider in model.providers}
        self._workers: dict[SimulatedWorker, None] = {}
        self._idle: dict[SimulatedWorker, None] = {}
        self._by_provider: dict[str, int] = {}
        self._running = self._busy = 0
        self._busy_area = self._running_area = self._area_at = 0.0
        self.desired = 0
        self.counter = TaskCounter()
        helps = model.worker.helpers
        self._helpers = Helpers(environment, timings.parts, self.counter, self._done) if helps else None

    @property
    def running(self) -> int:
        """Workers that are idle or busy."""
        return self._running

    @property
    def busy(self) -> int:
        """Workers with a job."""
        return self._busy

    def start_warm(self, count: int) -> None:
        """Begin with `count` workers that run already."""
        self.desired = count
        for _ in range(count):
            worker = self._launch()
            worker.billed_from = self._environment.now
            self._ready(worker)

    def scale(self, desired: int) -> None:
        """Set the desired count."""
        self.desired = desired
        self._reconcile()

    def offer(self) -> None:
        """Let idle workers take the waiting jobs; their long polls are open."""
        while self._idle and len(self._queue):
            self._take(next(iter(self._idle)))

    def utilisation(self) -> float | None:
        """Busy share of the running workers' time since the last call, 0 to 1; None if no worker ran."""
        self._integrate()
        busy, running = self._busy_area, self._running_area
        self._busy_area = self._running_area = 0.0
        return busy / running if running else None

    def close(self) -> None:
        """Bill the workers that still run."""
        for worker in list(self._workers):
            self._bill(worker)

    def _reconcile(self) -> None:
        excess = len(self._workers) - self.desired
        for _ in range(-excess):
            self._start()
        if excess > 0:
            for worker in self._to_stop(excess):
                self.counter.stops += 1
                self._terminate(worker, by_scale_in=True)

    def _to_stop(self, count: int) -> list[SimulatedWorker]:
        """The workers that scale-in stops: those that don't take jobs yet, then idle ones, the youngest first.

        Without protection ECS doesn't know which workers are busy, so any worker. Its choice among several isn't
        documented.
        """
        if not self._model.worker.protected:
            candidates = list(self._workers)
            return self._rng.sample(candidates, min(count, len(candidates)))
        starting = [worker for worker in self._workers if not worker.takes_jobs]
        return (starting[::-1] + list(self._idle)[::-1])[:count]

    def _start(self) -> None:
        worker = self._launch()
        self.counter.starts += 1
        until_billed, until_ready = start_seconds(self._timings, self._rng)
        until_billed += self._quotas[worker.provider].delay(self._environment.now)
        self._later(until_billed, lambda: self._begin_billing(worker))
        self._later(until_billed + until_ready, lambda: self._ready(worker))

    def _launch(self) -> SimulatedWorker:
        worker = SimulatedWorker(choose_provider(self._model.providers, self._by_provider))
        self._workers[worker] = None
        self._by_provider[worker.provider] = self._by_provider.get(worker.provider, 0) + 1
        self.counter.peak = max(self.counter.peak, len(self._workers))
        return worker

    def _begin_billing(self, worker: SimulatedWorker) -> None:
        if not worker.ended:
            worker.billed_from = self._environment.now

    def _ready(self, worker: SimulatedWorker) -> None:
        if worker.ended:
            return
        worker.takes_jobs = True
        self._count(running=1)
        if worker.provider == SPOT and self._timings.spot_interruptions > 0:
            hours = self._rng.expovariate(self._timings.spot_interruptions)
            self._later(hours * 3600, lambda: self._interrupt(worker))
        self._later(self._rng.uniform(0, COUNT_SECONDS), lambda: self._begin_counting(worker))
        self._take(worker)

    def _begin_counting(self, worker: SimulatedWorker) -> None:
        if not worker.ended:
            worker.counter = self._peak_jobs.join(self._environment.now)

    def _take(self, worker: SimulatedWorker) -> None:
        job = None if worker.stopping else self._queue.receive(self._environment.now)
        if job is None:
            self._idle[worker] = None
            if self._helpers is not None:
                self._helpers.join(worker)
            return
        self._idle.pop(worker, None)
        worker.job = job
        self._count(busy=1)
        if self._helpers is None:
            self._later(job.render_seconds, lambda: self._done(worker, job))
        else:
            self._helpers.leave(worker)
            self._helpers.render(worker, job)

    def _done(self, worker: SimulatedWorker, job: Job) -> None:
        if worker.job is not job:  # the job was taken from the worker meanwhile
            return
        worker.job = None
        self._count(busy=-1)
        job.waited = job.started - job.arrived
        job.took = self._environment.now - job.arrived
        self._on_finished(job)
        if worker.stopping:
            self._end(worker)
        elif len(self._workers) > self.desired:
            self.counter.stops += 1
            self._terminate(worker, by_scale_in=True)
        else:
            self._take(worker)

    def _interrupt(self, worker: SimulatedWorker) -> None:
        if not worker.ended and not worker.stopping:
            self._terminate(worker, by_scale_in=False)
            self._reconcile()

    def _terminate(self, worker: SimulatedWorker, *, by_scale_in: bool) -> None:
        """Send SIGTERM. The service no longer counts the worker."""
        worker.stopping = True
        self._workers.pop(worker)
        self._by_provider[worker.provider] -= 1
        self._idle.pop(worker, None)
        if self._helpers is not None:
            self._helpers.leave(worker)
        job, model = worker.job, self._model.worker
        if job is None:
            self._end(worker)
            return
        left = job.started + job.render_seconds - self._environment.now
        if model.returns_jobs and left <= model.stop_timeout - CLEAN_UP_SECONDS:
            return  # the worker ends when the render is done
        worker.job = None
        self._count(busy=-1)
        if self._helpers is not None:
            self._helpers.give_up(worker)
        if by_scale_in:
            self.counter.killed += 1
        else:
            self.counter.interrupted += 1
        self._end(worker)
        if model.returns_jobs:
            self._return_job(job)
        else:
            self._queue.hidden += 1
            self._later(self._lease_left(job), lambda: self._lease_ends(job))

    def _lease_left(self, job: Job) -> float:
        """Time until the lease of a killed worker's job ends, in seconds.

        A lease is renewed each time a third of it has passed; without renewal it runs from the receive.
        """
        lease = self._model.worker.lease_seconds
        if self._model.worker.renews_lease:
            return self._rng.uniform(lease * 2 / 3, lease)
        return max(job.started + lease - self._environment.now, 0.0)

    def _lease_ends(self, job: Job) -> None:
        self._queue.hidden -= 1
        self._return_job(job)

    def _return_job(self, job: Job) -> None:
        if self._queue.make_visible(job, self._environment.now):
            self.offer()
        else:
            self._on_finished(job)

    def _end(self, worker: SimulatedWorker) -> None:
        if worker.takes_jobs:
            self._count(running=-1)
        if worker.counter is not None:
            self._peak_jobs.leave(worker.counter)
        self._bill(worker, extra=self._timings.stop)
        self._workers.pop(worker, None)

    def _bill(self, worker: SimulatedWorker, extra: float = 0.0) -> None:
        worker.ended = True
        if worker.billed_from is None:
            return
        seconds = max(self._environment.now + extra - worker.billed_from, self._timings.minimum_billed)
        self.counter.seconds[worker.provider] = self.counter.seconds.get(worker.provider, 0.0) + seconds

    def _count(self, *, running: int = 0, busy: int = 0) -> None:
        self._integrate()
        self._running += running
        self._busy += busy

    def _integrate(self) -> None:
        elapsed = self._environment.now - self._area_at
        self._busy_area += self._busy * elapsed
        self._running_area += self._running * elapsed
        self._area_at = self._environment.now

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._environment.timeout(seconds).callbacks.append(lambda _event: action())
