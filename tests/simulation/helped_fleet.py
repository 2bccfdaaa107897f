"""A second, naive implementation of a fixed fleet whose idle workers help: all state in lists, no callbacks.

It shares the split of a job with the simulator, and nothing else.
"""

from dataclasses import dataclass, field
from itertools import count
from math import inf

from ops.simulation.parts import PartTimings
from ops.simulation.traces import Trace

WHOLE, CLAIM, PART, WAIT, JOIN = "whole", "claim", "part", "wait", "join"


@dataclass
class Work:
    """What a worker does, until when; `number` decides between two that end at once."""

    until: float
    number: int
    job: int
    seconds: float = 0.0
    step: str = PART


@dataclass
class State:
    """A job's parts."""

    begun: float = 0.0
    ended: float = 0.0
    offered: list[float] = field(default_factory=list)
    returned: list[float] = field(default_factory=list)
    out: int = 0


class HelpedFleet:
    """A fixed fleet. `run` returns the wait and the time to video of each job, in seconds."""

    def __init__(self, workers: int, trace: Trace, timings: PartTimings) -> None:
        self.timings, self.trace = timings, trace
        self.own: list[Work | None] = [None] * workers
        self.help: list[Work | None] = [None] * workers
        self.idle = list(range(workers))
        self.free = list(range(workers))
        self.jobs = [State() for _ in trace]
        self.waiting: list[int] = []
        self.numbers = count()

    def run(self) -> list[tuple[float, float]]:
        arrived = 0
        while True:
            arrival = self.trace[arrived][0] if arrived < len(self.trace) else inf
            works = [work for work in (*self.own, *self.help) if work is not None]
            first = min(works, key=lambda work: (work.until, work.number), default=None)
            if first is None or arrival <= first.until:
                if arrival == inf:
                    break
                self.waiting.append(arrived)
                arrived += 1
                now = arrival
            else:
                now = first.until
                self.end(first, now)
            self.settle(now)
        return [
            (job.begun - arrival, job.ended - arrival) for job, (arrival, _) in zip(self.jobs, self.trace, strict=True)
        ]

    def end(self, work: Work, now: float) -> None:
        """A worker's present work is over."""
        job = self.jobs[work.job]
        if work in self.help:
            worker = self.help.index(work)
            self.help[worker] = None
            self.free.append(worker)
            job.out -= 1
        elif work.step in {WHOLE, JOIN}:
            worker = self.own.index(work)
            self.own[worker] = None
            job.ended = now
            self.idle.append(worker)
            self.free.append(worker)
        else:
            work.step, work.until = WAIT, inf

    def settle(self, now: float) -> None:
        """Whoever can begin something begins it: jobs first, then coordinators, then helpers."""
        while self.waiting and self.idle:
            self.begin(self.idle.pop(0), self.waiting.pop(0), now)
        for work in self.own:
            if work is not None and work.step == WAIT:
                self.go_on(work, now)
        for job, state in sorted(enumerate(self.jobs), key=lambda pair: pair[1].begun):
            while state.offered and self.free:
                worker = self.free.pop(0)
                seconds = state.offered.pop(0)
                state.out += 1
                offer = self.timings.offer if now == state.begun else 0.0
                until = now + (offer + self.timings.start + seconds)
                self.help[worker] = Work(until, next(self.numbers), job, seconds)

    def begin(self, worker: int, job: int, now: float) -> None:
        state, render_seconds = self.jobs[job], self.trace[job][1]
        dropped, self.help[worker] = self.help[worker], None
        if dropped is not None:
            self.jobs[dropped.job].out -= 1
            self.jobs[dropped.job].returned.append(dropped.seconds)
        else:
            self.free.remove(worker)
        state.begun = now
        parts = list(self.timings.split(render_seconds))
        unanswered = self.timings.unanswered if parts else 0.0
        if parts and self.free:
            state.offered = parts
            self.own[worker] = Work(now + self.timings.offer, next(self.numbers), job, step=CLAIM)
        else:
            self.own[worker] = Work(now + (unanswered + render_seconds), next(self.numbers), job, step=WHOLE)

    def go_on(self, work: Work, now: float) -> None:
        state = self.jobs[work.job]
        if state.offered or state.returned:
            seconds = state.offered.pop(0) if state.offered else state.returned.pop()
            work.step, work.until = PART, now + seconds
        elif state.out:
            helps = [(worker, help_) for worker, help_ in enumerate(self.help) if help_ and help_.job == work.job]
            worker, last = max(helps, key=lambda pair: (pair[1].until, -pair[1].number))
            if last.until - now <= last.seconds:
                return
            self.help[worker] = None
            self.free.append(worker)
            state.out -= 1
            work.step, work.until = PART, now + last.seconds
        else:
            work.step, work.until = JOIN, now + (self.timings.join + self.timings.undivided)
        work.number = next(self.numbers)
