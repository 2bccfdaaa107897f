"""What the workers publish as PeakJobs, by the rule of worker/heartbeat.py.

Every worker counts the jobs in the queue at moments of its own, ten seconds apart, and remembers the most. What comes
and goes between two of these moments nobody sees; and where few workers run, whatever comes is seen seconds later.
"""

from bisect import bisect_left, insort
from collections import deque

BEAT_SECONDS = 10.0
"""From one count of a worker to its next: `BEAT_SECONDS` of worker/heartbeat.py, and the period of the metric."""


class Heartbeats:
    """The beats of all workers, a period at a time.

    Params:
        remember_seconds: how long a worker remembers the most jobs that it counted.
    """

    def __init__(self, remember_seconds: float) -> None:
        self._remember_seconds = remember_seconds
        self._moments: list[float] = []
        self._jobs = 0
        self._changes: list[tuple[float, int]] = []
        self._seen: deque[tuple[float, int]] = deque()

    def join(self, now: float) -> float:
        """A worker counts for the first time. Returns its moment in each period, to `leave` with."""
        moment = now % BEAT_SECONDS
        insort(self._moments, moment)
        return moment

    def leave(self, moment: float) -> None:
        """The worker that counts at this moment has ended."""
        del self._moments[bisect_left(self._moments, moment)]

    def change(self, now: float, jobs: int) -> None:
        """The queue holds so many jobs from now on, waiting and rendered."""
        self._changes.append((now % BEAT_SECONDS, jobs))

    def close(self, now: float) -> float | None:
        """End the period. Returns the most jobs that any worker remembers; None where no worker counts."""
        seen = self._counted()
        if self._changes:
            self._jobs = self._changes[-1][1]
            self._changes.clear()
        if seen is None:
            self._seen.clear()  # with the workers, what they remember is gone
            return None
        # What is no more than a later count can't be the most any more: the rest descends.
        while self._seen and self._seen[-1][1] <= seen:
            self._seen.pop()
        self._seen.append((now, seen))
        while self._seen[0][0] < now - self._remember_seconds:
            self._seen.popleft()
        return float(self._seen[0][1])

    def _counted(self) -> int | None:
        """The most jobs that were counted in this period."""
        most: int | None = None
        begin, jobs = 0.0, self._jobs
        for end, after in (*self._changes, (BEAT_SECONDS, 0)):
            if (most is None or jobs > most) and self._is_counted(begin, end):
                most = jobs
            begin, jobs = end, after
        return most

    def _is_counted(self, begin: float, end: float) -> bool:
        """Whether some worker counts from `begin` on and before `end`."""
        return bisect_left(self._moments, begin) < bisect_left(self._moments, end)
