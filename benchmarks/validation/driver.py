"""The driver plays AWS's part in scaling: from logs to metrics, from metrics to alarms, from alarms to workers."""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.validation.autoscaling import ScalableTarget, StepPolicy
from benchmarks.validation.cloudwatch import Alarm, Metric, Metrics
from benchmarks.validation.ecs_service import EcsService
from benchmarks.validation.testbed import Scaling
from ops.simulation.timings import Timings

MINUTE = 60.0


class LogTail:
    """A worker's log as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_to = 0

    def lines(self) -> Iterator[dict[str, Any]]:
        """Lines written since the last call, parsed; an incomplete line is left for the next call."""
        with self._path.open("rb") as log:
            log.seek(self._read_to)
            written = log.read()
        whole = written[: written.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.splitlines():
            if line.startswith(b"{"):
                yield json.loads(line)


class Driver:
    """Scales the service as it is deployed.

    Params:
        scaling: the target, the policies and the alarms that call them.
        service: the service to scale.
        timings: how late metrics are, and how long a changed count takes to reach the service.
        rng: draws the first evaluation time of each alarm.
        count_waiting: reads `ApproximateNumberOfMessagesVisible` of the queue, which AWS publishes once a minute.
        queue: the queue's name.
        on_line: called with each log line.
    """

    def __init__(
        self,
        scaling: Scaling,
        service: EcsService,
        timings: Timings,
        rng: random.Random,
        *,
        count_waiting: Callable[[], int],
        queue: str,
        on_line: Callable[[Mapping[str, Any]], None],
    ) -> None:
        self._service = service
        self._timings = timings
        self._rng = rng
        self._count_waiting = count_waiting
        self._waiting = Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", frozenset({("QueueName", queue)}))
        self._on_line = on_line
        self._scaling = scaling
        self._policies = {one["PolicyARN"]: StepPolicy(one) for one in scaling.policies}
        self._metrics = Metrics(timings.publication_of)
        self._alarms: list[Alarm] = []
        self._tails: dict[Path, LogTail] = {}
        self._called: list[tuple[float, StepPolicy, float]] = []
        self._next_minute = 0.0
        self.target = ScalableTarget(scaling.target)

    def begin(self, now: float) -> None:
        """Start the smallest fleet without delay, and schedule each alarm's evaluations at its own time."""
        for described in self._scaling.alarms:
            every = 10.0 if described.get("Period", MINUTE) < MINUTE else MINUTE
            self._alarms.append(Alarm(described, self._metrics, now + self._rng.uniform(0, every)))
        self._next_minute = now + MINUTE
        self._service.begin_with(self.target.desired, now)

    def follow(self, log: Path) -> None:
        """Also read this worker's log."""
        self._tails[log] = LogTail(log)

    def tick(self, now: float) -> None:
        """Do everything that is due."""
        for tail in list(self._tails.values()):
            for line in tail.lines():
                self._metrics.put_embedded(line)
                self._on_line(line)
        if now >= self._next_minute:
            self._metrics.put(self._waiting, self._next_minute - 1, self._count_waiting())
            self._next_minute += MINUTE
        for alarm in self._alarms:
            value = alarm.evaluate(now)
            if value is not None:
                breach = value - alarm.threshold
                self._called += [(now + self._timings.scaling, self._policies[arn], breach) for arn in alarm.actions]
        due = [call for call in self._called if call[0] <= now]
        self._called = [call for call in self._called if call[0] > now]
        for _, policy, breach in due:
            self.target.act(policy, now, breach)
        self._service.desired = self.target.desired
        self._service.tick(now)
