"""Runs one simulation: a trace of jobs against the model of a stack."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import repeat

import simpy

from ops.simulation.alarms import AlarmState
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.metrics import HIGH_RESOLUTION, MINUTE, WORKER_NAMESPACE, Line, Metrics
from ops.simulation.model import StackModel
from ops.simulation.peak_jobs import PeakJobsMetric
from ops.simulation.queue_activity import QueueActivity
from ops.simulation.schedules import MONDAY, bounds_after, bounds_before
from ops.simulation.simulated_fleet import SimulatedFleet
from ops.simulation.simulated_worker import TaskCounter
from ops.simulation.step_scaling import StepScaling, within
from ops.simulation.target_tracking import TargetTracking
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

QueueFactory = Callable[[int], JobQueue]
"""Makes a queue whose messages have that many tries."""

LONGEST_TAIL_SECONDS = 24 * 3600
"""Longest time that a run continues after its hours to finish its jobs, in seconds."""


@dataclass(frozen=True)
class Sample:
    """The fleet at the end of a minute."""

    second: float
    waiting: int
    busy: int
    running: int
    desired: int


@dataclass
class SimulationResult:
    """The jobs, samples and counts of one run; summary.py sums them up."""

    model: StackModel
    seconds: float
    """Length of the run."""
    jobs: list[Job] = field(default_factory=list)
    """Every job that arrived."""
    unfinished: int = 0
    """Jobs that were neither done nor lost at the run's end."""
    lost: int = 0
    """Jobs in the dead-letter queue."""
    counter: TaskCounter = field(default_factory=TaskCounter)
    samples: list[Sample] = field(default_factory=list)


def run_simulation(
    model: StackModel,
    trace: Trace,
    *,
    hours: float,
    seed: int = 1,
    timings: Timings | None = None,
    initial_workers: int | None = None,
    begins: datetime = MONDAY,
    tenants: Sequence[str] = (),
    make_queue: QueueFactory = JobQueue,
) -> SimulationResult:
    """Simulate `trace` for `hours`, and then until its last job is done, a day at most.

    Params:
        model: the stack.
        trace: the jobs.
        hours: length of the run.
        seed: of the random numbers; the same arguments give the same result.
        timings: default: the assumptions of timings.py.
        initial_workers: workers at the beginning; default: the pool.
        begins: the clock at the beginning; without a time zone it is in the schedules' own.
        tenants: the tenant of each job of the trace; default: all have the same one.
        make_queue: the queue by the number of its tries, such as `FairJobQueue`.

    Raises `KeyError` for a metric that the simulator does not know.
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    simulation = _Simulation(model, trace, hours * 3600, rng, timings or Timings(), begins, tenants, make_queue)
    return simulation.run(initial_workers)


class _Simulation:
    def __init__(
        self,
        model: StackModel,
        trace: Trace,
        seconds: float,
        rng: random.Random,
        timings: Timings,
        begins: datetime,
        tenants: Sequence[str],
        make_queue: QueueFactory,
    ) -> None:
        self._model = model
        self._begins = begins
        self._bounds = bounds_before((model.minimum, model.maximum), model.scheduled, begins)
        self._trace = trace
        self._tenants = tenants
        self._seconds = seconds
        self._rng = rng
        self._timings = timings
        self._environment = simpy.Environment()
        self._queue = make_queue(model.worker.max_receives)
        self._peak_jobs = PeakJobsMetric(
            model.worker.peak_seconds, timings.publication_of(WORKER_NAMESPACE), timings.log_batch, rng
        )
        self._fleet = SimulatedFleet(
            self._environment, model, self._queue, timings, rng, self._finished, self._peak_jobs
        )
        self._step_scaling = {name: StepScaling(policy) for name, policy in model.step_policies.items()}
        self._target_tracking = {policy.name: TargetTracking(policy) for policy in model.tracking_policies}
        alarms = [*model.alarms, *(alarm for one in self._target_tracking.values() for alarm in one.alarms())]
        self._alarms = [AlarmState(alarm) for alarm in alarms if alarm.actions]
        self._metrics = self._gauges()
        for alarm in self._alarms:
            self._metrics.watch(alarm.alarm.query)
        self._jobs: list[Job] = []
        self._open: dict[int, Job] = {}
        self._activity, self._queue_is_active = QueueActivity(), True
        self._arriving = True
        self._lines: Sequence[Line] = ()
        self._samples: list[Sample] = []
        self._over = self._environment.event()

    def run(self, initial_workers: int | None) -> SimulationResult:
        environment = self._environment
        self._fleet.start_warm(self._bounds[0] if initial_workers is None else initial_workers)
        self._run_schedules()
        environment.process(self._arrivals())
        environment.process(self._every(MINUTE, self._minute))
        environment.process(self._every(HIGH_RESOLUTION, self._high_resolution))
        for alarm in self._alarms:
            environment.process(self._evaluations(alarm))
        environment.run(until=environment.timeout(self._seconds))
        if self._open or self._arriving:
            environment.run(until=environment.any_of([self._over, environment.timeout(LONGEST_TAIL_SECONDS)]))
        self._fleet.close()
        return SimulationResult(
            model=self._model,
            seconds=environment.now,
            jobs=self._jobs,
            unfinished=len(self._open),
            lost=len(self._queue.lost),
            counter=self._fleet.counter,
            samples=self._samples,
        )

    def _arrivals(self) -> simpy.events.ProcessGenerator:
        environment = self._environment
        for (arrival, render_seconds), tenant in zip(self._trace, self._tenants or repeat(""), strict=False):
            if arrival > environment.now:
                yield environment.timeout(arrival - environment.now)
            job = Job(environment.now, render_seconds, tenant)
            self._jobs.append(job)
            self._open[id(job)] = job
            self._peak_jobs.change(environment.now, len(self._open))
            self._queue.send(job)
            self._fleet.offer()
        self._arriving = False
        self._check_over()

    def _finished(self, job: Job) -> None:
        self._queue.delete(job, self._environment.now)
        del self._open[id(job)]
        self._peak_jobs.change(self._environment.now, len(self._open))
        self._check_over()

    def _check_over(self) -> None:
        if not self._open and not self._arriving and not self._over.triggered:
            self._over.succeed()

    def _every(self, seconds: int, action: Callable[[], None]) -> simpy.events.ProcessGenerator:
        while True:
            yield self._environment.timeout(seconds)
            action()

    def _minute(self) -> None:
        now = self._environment.now
        in_use = bool(self._open or self._fleet.running)  # workers poll
        self._queue_is_active = self._activity.is_published(now, in_use=in_use)
        self._metrics.sample(now, MINUTE)
        self._run_schedules()
        fleet = self._fleet
        self._samples.append(Sample(now, len(self._queue), fleet.busy, fleet.running, fleet.desired))

    def _run_schedules(self) -> None:
        """Run the scheduled actions of this minute; the desired count is brought within the new bounds at once."""
        model, fleet = self._model, self._fleet
        bounds = bounds_after(self._bounds, model.scheduled, self._begins, self._environment.now)
        if bounds != self._bounds:
            self._bounds = bounds
            fleet.scale(within(bounds, fleet.desired))

    def _high_resolution(self) -> None:
        now = self._environment.now
        self._lines = self._peak_jobs.close(now)
        self._metrics.sample(now, HIGH_RESOLUTION)

    def _gauges(self) -> Metrics:
        fleet, queue = self._fleet, self._queue
        return Metrics(
            {
                ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): lambda: self._of_queue(len(queue)),
                ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): lambda: self._of_queue(fleet.busy + queue.hidden),
                ("AWS/SQS", "ApproximateAgeOfOldestMessage"): self._oldest_age,
                ("ECS/ContainerInsights", "RunningTaskCount"): lambda: self._of_service(fleet.running),
                ("ECS/ContainerInsights", "DesiredTaskCount"): lambda: self._of_service(fleet.desired),
                ("AWS/ECS", "CPUUtilization"): self._cpu,
                (WORKER_NAMESPACE, "PeakJobs"): lambda: self._lines,
            },
            self._timings,
        )

    def _of_queue(self, value: float) -> float | None:
        return float(value) if self._queue_is_active else None

    def _oldest_age(self) -> float | None:
        """The age of the oldest job that isn't done, rendered or not; nothing is published without a job."""
        oldest = next(iter(self._open.values()), None)
        return None if oldest is None else self._of_queue(self._environment.now - oldest.arrived)

    def _of_service(self, value: float) -> float | None:
        """Container Insights publishes nothing about a service of which no task is running.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html
        """
        return float(value) if self._fleet.running else None

    def _cpu(self) -> float | None:
        share = self._fleet.utilisation()
        return None if share is None else 100 * share

    def _evaluations(self, alarm: AlarmState) -> simpy.events.ProcessGenerator:
        yield self._environment.timeout(self._rng.uniform(0, alarm.interval))
        query = alarm.alarm.query
        while True:
            now = self._environment.now
            called = alarm.evaluate(now, self._metrics.datapoints(query, now, alarm.reach))
            if called:
                self._later(partial(self._act, alarm, called))
            yield self._environment.timeout(alarm.interval)

    def _later(self, action: "partial[None]") -> None:
        self._environment.timeout(self._timings.scaling).callbacks.append(lambda _event: action())

    def _act(self, alarm: AlarmState, datapoints: list[float]) -> None:
        now, fleet = self._environment.now, self._fleet
        bounds = self._bounds
        for action in alarm.alarm.actions:
            current = fleet.desired
            if action in self._step_scaling:
                wanted = self._step_scaling[action].capacity(now, alarm.alarm.threshold, datapoints, current, bounds)
            else:
                wanted = within(
                    bounds, self._target_tracking[action].capacity(now, datapoints[0], current, fleet.running)
                )
            if wanted != current:
                added = fleet.counter.added_by
                added[alarm.alarm.name] = added.get(alarm.alarm.name, 0) + max(wanted - current, 0)
                fleet.scale(wanted)
