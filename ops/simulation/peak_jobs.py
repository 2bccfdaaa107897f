"""The metric PeakJobs, as the workers publish it (worker/telemetry/peak_jobs.py) and as CloudWatch shows it.

Each worker counts the jobs in the queue every ten seconds, at its own time, and publishes the maximum of what it has
counted itself, over a window: a worker that has just started knows no earlier peak. No worker sees a job that comes and
goes between two counts; and where few workers run, a job is seen seconds later.

Each line is shown at its own time: log drivers send in batches, each worker's by itself. So an alarm may see a period
of which only some workers' lines have arrived.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Alarms.html
"""

import random
from bisect import insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from ops.simulation.metrics import Line

COUNT_SECONDS = 10.0
"""Time between two counts of a worker, in seconds (worker/telemetry/peak_jobs.py)."""


@dataclass(order=True, slots=True)
class Counter:
    """One worker that counts: its time in each period, and what it has counted."""

    count_time: float
    number: int
    counted: deque[tuple[float, int]] = field(default_factory=deque, compare=False)
    """Time and jobs; the jobs descend, because a count that a later one reaches is never the maximum again."""

    def add(self, now: float, jobs: int, window_seconds: float) -> int:
        """Add a count. Returns the most jobs that this worker counted within the window."""
        while self.counted and self.counted[-1][1] <= jobs:
            self.counted.pop()
        self.counted.append((now, jobs))
        while self.counted[0][0] < now - window_seconds:
            self.counted.popleft()
        return self.counted[0][1]


class PeakJobsMetric:
    """The lines of all workers, period by period.

    Params:
        window_seconds: how long a worker remembers the most jobs that it counted, in seconds.
        shown_after: least time until CloudWatch shows a line, in seconds.
        batch_seconds: a line waits in its worker's log driver for up to this time, in seconds.
        rng: draws that time for each line.
    """

    def __init__(self, window_seconds: float, shown_after: float, batch_seconds: float, rng: random.Random) -> None:
        self._window_seconds = window_seconds
        self._shown_after = shown_after
        self._batch_seconds = batch_seconds
        self._rng = rng
        self._counters: list[Counter] = []
        self._joined = 0
        self._jobs = 0
        self._changes: list[tuple[float, int]] = []

    def join(self, now: float) -> Counter:
        """A worker begins to count, for the first time now. Returns its counter, for `leave`."""
        self._joined += 1
        counter = Counter(now % COUNT_SECONDS, self._joined)
        insort(self._counters, counter)
        return counter

    def leave(self, counter: Counter) -> None:
        """A worker has ended, and its memory with it."""
        self._counters.remove(counter)

    def change(self, now: float, jobs: int) -> None:
        """The queue holds `jobs` from now on, waiting and in progress."""
        self._changes.append((now % COUNT_SECONDS, jobs))

    def close(self, now: float) -> Sequence[Line]:
        """End the period. Returns the line that each worker has written in it."""
        begin = now - COUNT_SECONDS
        changes = iter((*self._changes, (COUNT_SECONDS, 0)))
        at, after = next(changes)
        lines = []
        for counter in self._counters:
            while at <= counter.count_time:
                self._jobs = after
                at, after = next(changes)
            written = begin + counter.count_time
            most = counter.add(written, self._jobs, self._window_seconds)
            shown = written + self._shown_after + self._rng.random() * self._batch_seconds
            lines.append(Line(shown, float(most)))
        if self._changes:
            self._jobs = self._changes[-1][1]
            self._changes.clear()
        return lines
