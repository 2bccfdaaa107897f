"""One run: a trace against a setting."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import simpy

from ops.simulation.alarms import AlarmState
from ops.simulation.fleet import Fleet
from ops.simulation.heartbeat import Heartbeats
from ops.simulation.jobs import Job, JobQueue
from ops.simulation.metrics import HIGH_RESOLUTION, MINUTE, WORKER_NAMESPACE, Metrics
from ops.simulation.model import Setting
from ops.simulation.schedules import MONDAY, bounds_after, bounds_before
from ops.simulation.stepping import named, within
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace
from ops.simulation.tracking import Tracking
from ops.simulation.workers import Ledger

LONGEST_TAIL_SECONDS = 24 * 3600
"""How long a run goes on after its hours for jobs that aren't done."""


@dataclass(frozen=True)
class Moment:
    """The fleet at the end of a minute."""

    second: float
    waiting: int
    busy: int
    running: int
    desired: int


@dataclass
class Played:
    """What a run came to, before it is summed up."""

    setting: Setting
    seconds: float
    """How long the run was."""
    jobs: list[Job] = field(default_factory=list)
    """Every job that arrived."""
    unfinished: int = 0
    """Jobs that were neither done nor lost at the run's end."""
    lost: int = 0
    """Jobs in the dead-letter queue."""
    ledger: Ledger = field(default_factory=Ledger)
    moments: list[Moment] = field(default_factory=list)


def play(
    setting: Setting,
    trace: Trace,
    *,
    hours: float,
    seed: int = 1,
    timings: Timings | None = None,
    begins_with: int | None = None,
    begins: datetime = MONDAY,
) -> Played:
    """Play `trace` for `hours`, and on until its last job is done (a day at most).

    `begins_with` so many workers; none: the pool. `begins` is the time at which it begins, in the schedules' own time
    zone where it names none.

    The same arguments give the same run. Raises `KeyError` for a metric that the simulator does not know.
    """
    chance = random.Random(seed)  # noqa: S311  no secret
    return _Run(setting, trace, hours * 3600, chance, timings or Timings(), begins).result(begins_with)


class _Run:
    def __init__(
        self,
        setting: Setting,
        trace: Trace,
        seconds: float,
        chance: random.Random,
        timings: Timings,
        begins: datetime,
    ) -> None:
        self._setting = setting
        self._begins = begins
        self._bounds = bounds_before((setting.minimum, setting.maximum), setting.scheduled, begins)
        self._trace = trace
        self._seconds = seconds
        self._chance = chance
        self._timings = timings
        self._environment = simpy.Environment()
        self._queue = JobQueue(setting.worker.max_receives)
        self._beats = Heartbeats(setting.worker.peak_seconds)
        self._fleet = Fleet(self._environment, setting, self._queue, timings, chance, self._finished, self._beats)
        self._stepping = named(setting.step_policies)
        self._tracking = {policy.name: Tracking(policy) for policy in setting.tracking_policies}
        alarms = [*setting.alarms, *(alarm for one in self._tracking.values() for alarm in one.alarms())]
        self._alarms = [AlarmState(alarm) for alarm in alarms if alarm.actions]
        self._metrics = self._gauges()
        for alarm in self._alarms:
            self._metrics.watch(alarm.alarm.watched)
        self._jobs: list[Job] = []
        self._open = 0
        self._arriving = True
        self._peak: float | None = None
        self._moments: list[Moment] = []
        self._over = self._environment.event()

    def result(self, begins_with: int | None) -> Played:
        environment = self._environment
        self._fleet.start_warm(self._bounds[0] if begins_with is None else begins_with)
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
        return Played(
            setting=self._setting,
            seconds=environment.now,
            jobs=self._jobs,
            unfinished=self._open,
            lost=len(self._queue.lost),
            ledger=self._fleet.ledger,
            moments=self._moments,
        )

    def _arrivals(self) -> simpy.events.ProcessGenerator:
        environment = self._environment
        for arrival, render_seconds in self._trace:
            if arrival > environment.now:
                yield environment.timeout(arrival - environment.now)
            job = Job(environment.now, render_seconds)
            self._jobs.append(job)
            self._open += 1
            self._beats.change(environment.now, self._open)
            self._queue.send(job)
            self._fleet.offer()
        self._arriving = False
        self._check_over()

    def _finished(self, _job: Job) -> None:
        self._open -= 1
        self._beats.change(self._environment.now, self._open)
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
        self._metrics.sample(now, MINUTE)
        self._run_schedules()
        fleet = self._fleet
        self._moments.append(Moment(now, len(self._queue), fleet.busy, fleet.running, fleet.desired))

    def _run_schedules(self) -> None:
        """What is due this minute; the service is brought within the new bounds at once."""
        setting, fleet = self._setting, self._fleet
        bounds = bounds_after(self._bounds, setting.scheduled, self._begins, self._environment.now)
        if bounds != self._bounds:
            self._bounds = bounds
            fleet.scale(within(bounds, fleet.desired))

    def _high_resolution(self) -> None:
        now = self._environment.now
        self._peak = self._beats.close(now)
        self._metrics.sample(now, HIGH_RESOLUTION)

    def _gauges(self) -> Metrics:
        fleet, queue, environment = self._fleet, self._queue, self._environment
        return Metrics(
            {
                ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): lambda: float(len(queue)),
                ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): lambda: float(fleet.busy + queue.hidden),
                ("AWS/SQS", "ApproximateAgeOfOldestMessage"): lambda: queue.oldest_age(environment.now),
                ("ECS/ContainerInsights", "RunningTaskCount"): lambda: float(fleet.running),
                ("ECS/ContainerInsights", "DesiredTaskCount"): lambda: float(fleet.desired),
                ("AWS/ECS", "CPUUtilization"): self._cpu,
                (WORKER_NAMESPACE, "PeakJobs"): lambda: self._peak,
            },
            self._timings,
        )

    def _cpu(self) -> float | None:
        share = self._fleet.utilisation()
        return None if share is None else 100 * share

    def _evaluations(self, alarm: AlarmState) -> simpy.events.ProcessGenerator:
        yield self._environment.timeout(self._chance.uniform(0, alarm.interval))
        watched = alarm.alarm.watched
        while True:
            newest = self._metrics.newest_period(watched, self._environment.now)
            periods = range(newest, max(newest - alarm.reach, -1), -1)
            called = alarm.evaluate(
                self._environment.now, [self._metrics.datapoint(watched, period) for period in periods]
            )
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
            if action in self._stepping:
                wanted = self._stepping[action].capacity(now, alarm.alarm.threshold, datapoints, current, bounds)
            else:
                wanted = within(bounds, self._tracking[action].capacity(now, datapoints[0], current, fleet.running))
            if wanted != current:
                fleet.scale(wanted)
