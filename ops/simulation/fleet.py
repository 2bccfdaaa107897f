"""The workers: started, given jobs, stopped, interrupted.

- Scale-in stops no protected task; a busy worker that is protected stops when its job is done, if still too many run.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
- A Spot interruption gives two minutes' notice as SIGTERM, protected or not; a new task is started at once.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
- SIGTERM: a render that will be done within the grace is finished, any other handed back at once (worker/shutdown.py).
"""

import random
from collections.abc import Callable

import simpy

from ops.simulation.fargate import SPOT, LaunchQuota, choose_provider, start_seconds
from ops.simulation.heartbeat import BEAT_SECONDS, Heartbeats
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.model import Setting
from ops.simulation.timings import Timings
from ops.simulation.workers import Ledger, Worker

CLEAN_UP_SECONDS = 20.0
"""Of the stop timeout: what a worker keeps to upload and to report (`GRACE_SECONDS` is 100 of 120)."""


class Fleet:
    """The service: `desired` tasks are wanted, and the world is brought there.

    Params:
        environment: simpy's clock.
        setting: the stack.
        queue: where jobs come from.
        timings: how long things take.
        chance: the only source of randomness here.
        finished: told of each job that is rendered.
        beats: what the workers publish.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        setting: Setting,
        queue: JobQueue,
        timings: Timings,
        chance: random.Random,
        finished: Callable[[Job], None],
        beats: Heartbeats,
    ) -> None:
        self._environment = environment
        self._setting = setting
        self._queue = queue
        self._timings = timings
        self._chance = chance
        self._finished = finished
        self._beats = beats
        self._quotas = {provider.name: LaunchQuota() for provider in setting.providers}
        self._workers: dict[Worker, None] = {}
        self._idle: dict[Worker, None] = {}
        self._by_provider: dict[str, int] = {}
        self._running = self._busy = 0
        self._busy_area = self._running_area = self._area_at = 0.0
        self.desired = 0
        self.ledger = Ledger()

    @property
    def running(self) -> int:
        """Workers that take jobs, or are at one."""
        return self._running

    @property
    def busy(self) -> int:
        """Workers at a job."""
        return self._busy

    def start_warm(self, count: int) -> None:
        """Begin with so many workers that run already."""
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
        """Jobs wait: idle workers, whose long polls are open, take them."""
        while self._idle and len(self._queue):
            self._take(next(iter(self._idle)))

    def utilisation(self) -> float | None:
        """Share of the running workers' time since the last call that was spent rendering; None if none ran."""
        self._integrate()
        busy, running = self._busy_area, self._running_area
        self._busy_area = self._running_area = 0.0
        return busy / running if running else None

    def close(self) -> None:
        """Bill what still runs."""
        for worker in list(self._workers):
            self._bill(worker)

    def _reconcile(self) -> None:
        excess = len(self._workers) - self.desired
        for _ in range(-excess):
            self._start()
        if excess > 0:
            for worker in self._victims(excess):
                self.ledger.stops += 1
                self._terminate(worker, by_scale_in=True)

    def _victims(self, count: int) -> list[Worker]:
        """Who is stopped: those who don't take jobs yet, then the idle, the youngest first.

        Where nothing protects the busy, anybody: ECS doesn't know who is. Which of several it takes isn't documented.
        """
        if not self._setting.worker.protected:
            candidates = list(self._workers)
            return self._chance.sample(candidates, min(count, len(candidates)))
        starting = [worker for worker in self._workers if not worker.takes_jobs]
        return (starting[::-1] + list(self._idle)[::-1])[:count]

    def _start(self) -> None:
        worker = self._launch()
        self.ledger.starts += 1
        until_billed, until_ready = start_seconds(self._timings, self._chance)
        until_billed += self._quotas[worker.provider].delay(self._environment.now)
        self._later(until_billed, lambda: self._begin_billing(worker))
        self._later(until_billed + until_ready, lambda: self._ready(worker))

    def _launch(self) -> Worker:
        worker = Worker(choose_provider(self._setting.providers, self._by_provider))
        self._workers[worker] = None
        self._by_provider[worker.provider] = self._by_provider.get(worker.provider, 0) + 1
        self.ledger.peak = max(self.ledger.peak, len(self._workers))
        return worker

    def _begin_billing(self, worker: Worker) -> None:
        if not worker.ended:
            worker.billed_from = self._environment.now

    def _ready(self, worker: Worker) -> None:
        if worker.ended:
            return
        worker.takes_jobs = True
        self._count(running=1)
        if worker.provider == SPOT and self._timings.spot_interruptions > 0:
            hours = self._chance.expovariate(self._timings.spot_interruptions)
            self._later(hours * 3600, lambda: self._interrupt(worker))
        self._later(self._chance.uniform(0, BEAT_SECONDS), lambda: self._begin_beating(worker))
        self._take(worker)

    def _begin_beating(self, worker: Worker) -> None:
        if not worker.ended:
            worker.beat = self._beats.join(self._environment.now)

    def _take(self, worker: Worker) -> None:
        job = None if worker.stopping else self._queue.receive(self._environment.now)
        if job is None:
            self._idle[worker] = None
            return
        self._idle.pop(worker, None)
        worker.job = job
        self._count(busy=1)
        self._later(job.render_seconds, lambda: self._done(worker, job))

    def _done(self, worker: Worker, job: Job) -> None:
        if worker.job is not job:  # taken from it meanwhile
            return
        worker.job = None
        self._count(busy=-1)
        job.waited = job.started - job.arrived
        self._finished(job)
        if worker.stopping:
            self._end(worker)
        elif len(self._workers) > self.desired:
            self.ledger.stops += 1
            self._terminate(worker, by_scale_in=True)
        else:
            self._take(worker)

    def _interrupt(self, worker: Worker) -> None:
        if not worker.ended and not worker.stopping:
            self._terminate(worker, by_scale_in=False)
            self._reconcile()

    def _terminate(self, worker: Worker, *, by_scale_in: bool) -> None:
        """SIGTERM. The service no longer counts it."""
        worker.stopping = True
        self._workers.pop(worker)
        self._by_provider[worker.provider] -= 1
        self._idle.pop(worker, None)
        job, setting = worker.job, self._setting.worker
        if job is None:
            self._end(worker)
            return
        left = job.started + job.render_seconds - self._environment.now
        if setting.hands_back and left <= setting.stop_timeout - CLEAN_UP_SECONDS:
            return  # it finishes, and ends then
        worker.job = None
        self._count(busy=-1)
        if by_scale_in:
            self.ledger.killed += 1
        else:
            self.ledger.interrupted += 1
        self._end(worker)
        if setting.hands_back:
            self._give_back(job)
        else:
            self._queue.hidden += 1
            self._later(self._lease_left(job), lambda: self._lease_ends(job))

    def _lease_left(self, job: Job) -> float:
        """A lease that is renewed at each third has between two thirds and all of it left; any other runs from the
        receive."""
        lease = self._setting.worker.lease_seconds
        if self._setting.worker.renews_lease:
            return self._chance.uniform(lease * 2 / 3, lease)
        return max(job.started + lease - self._environment.now, 0.0)

    def _lease_ends(self, job: Job) -> None:
        self._queue.hidden -= 1
        self._give_back(job)

    def _give_back(self, job: Job) -> None:
        if self._queue.comes_back(job):
            self.offer()
        else:
            self._finished(job)

    def _end(self, worker: Worker) -> None:
        if worker.takes_jobs:
            self._count(running=-1)
        if worker.beat is not None:
            self._beats.leave(worker.beat)
        self._bill(worker, extra=self._timings.stop)
        self._workers.pop(worker, None)

    def _bill(self, worker: Worker, extra: float = 0.0) -> None:
        worker.ended = True
        if worker.billed_from is None:
            return
        seconds = max(self._environment.now + extra - worker.billed_from, self._timings.minimum_billed)
        self.ledger.seconds[worker.provider] = self.ledger.seconds.get(worker.provider, 0.0) + seconds

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
