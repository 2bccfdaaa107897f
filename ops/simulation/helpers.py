"""Idle workers that render parts of other workers' jobs.

A worker that begins a job, its coordinator, offers the job's parts. Each idle worker takes one part at a time, and is
its helper. The coordinator renders the parts that none has taken, and then those that it would render sooner than their
helpers. A job that arrives takes a helper's worker at once, as if it were idle: the part goes back to its coordinator,
and its work is lost. So a job waits only where every running worker has a job of its own.

AWS doesn't say which of several long polls gets a message. A job goes to the worker that has been without a job for
longest, though it may be a helper while others do nothing; a part, to the one that has done nothing for longest.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import simpy

from ops.simulation.jobs import Job
from ops.simulation.parts import PartTimings
from ops.simulation.simulated_worker import SimulatedWorker, TaskCounter


@dataclass(eq=False, slots=True)
class HelpedJob:
    """A job whose parts have been offered."""

    coordinator: SimulatedWorker
    job: Job
    offered: deque[float]
    """Render seconds of the parts that none has taken, longest first."""
    returned: list[float] = field(default_factory=list)
    """Render seconds of the parts whose helpers got jobs."""
    helpers: dict[SimulatedWorker, "Part"] = field(default_factory=dict)
    """The parts that helpers render."""
    is_rendering: bool = True
    """Whether the coordinator waits for the first claim, or renders a part."""
    is_given_up: bool = False


@dataclass(eq=False, slots=True)
class Part:
    """A part that a helper renders."""

    of: HelpedJob
    seconds: float
    """Render seconds."""
    ends: float


class Helpers:
    """The parts that are offered, and the workers without a job.

    Params:
        environment: simpy's clock.
        timings: what parts cost.
        counter: counts helped jobs and parts.
        on_rendered: called with a worker and the job that it has rendered.
    """

    def __init__(
        self,
        environment: simpy.Environment,
        timings: PartTimings,
        counter: TaskCounter,
        on_rendered: Callable[[SimulatedWorker, Job], None],
    ) -> None:
        self._environment = environment
        self._timings = timings
        self._counter = counter
        self._on_rendered = on_rendered
        self._free: dict[SimulatedWorker, None] = {}
        self._parts: dict[SimulatedWorker, Part] = {}
        self._offers: dict[HelpedJob, None] = {}
        self._helped: dict[SimulatedWorker, HelpedJob] = {}

    def render(self, worker: SimulatedWorker, job: Job) -> None:
        """A worker begins a job, with helpers if the job is large enough and workers are idle."""
        parts = self._timings.split(job.render_seconds)
        if not parts or not self._free:
            unanswered = self._timings.unanswered if parts else 0.0
            self._later(unanswered + job.render_seconds, lambda: self._on_rendered(worker, job))
            return
        helped = HelpedJob(worker, job, deque(parts))
        self._counter.helped_jobs += 1
        self._helped[worker] = helped
        self._offers[helped] = None
        while self._free and helped.offered:
            self._claim(next(iter(self._free)), helped, self._timings.offer)
        self._later(self._timings.offer, lambda: self._continue(helped))

    def join(self, worker: SimulatedWorker) -> None:
        """A worker waits for a job: it takes the first part that is offered, if any."""
        if self._offers:
            self._claim(worker, next(iter(self._offers)), 0.0)
        else:
            self._free[worker] = None

    def leave(self, worker: SimulatedWorker) -> None:
        """A worker waits no longer: a job has arrived, or SIGTERM. Its part goes back to the coordinator."""
        self._free.pop(worker, None)
        part = self._parts.pop(worker, None)
        if part is None:
            return
        self._counter.parts_dropped += 1
        del part.of.helpers[worker]
        part.of.returned.append(part.seconds)
        if not part.of.is_rendering:
            self._continue(part.of)

    def give_up(self, worker: SimulatedWorker) -> None:
        """A coordinator's job was taken from it: its helpers are idle again."""
        helped = self._helped.pop(worker, None)
        if helped is None:
            return
        helped.is_given_up = True
        self._offers.pop(helped, None)
        for helper in helped.helpers:
            del self._parts[helper]
            self.join(helper)

    def _claim(self, helper: SimulatedWorker, helped: HelpedJob, offered: float) -> None:
        """A helper takes the longest part. `offered` is the time that the offer takes, in seconds."""
        self._free.pop(helper, None)
        seconds = self._take_offered(helped)
        takes = offered + self._timings.start + seconds
        part = Part(helped, seconds, self._environment.now + takes)
        helped.helpers[helper] = self._parts[helper] = part
        self._later(takes, lambda: self._part_rendered(helper, part))

    def _take_offered(self, helped: HelpedJob) -> float:
        seconds = helped.offered.popleft()
        if not helped.offered:
            del self._offers[helped]
        return seconds

    def _part_rendered(self, helper: SimulatedWorker, part: Part) -> None:
        if self._parts.get(helper) is not part:  # the helper has none, or another
            return
        self._counter.parts_rendered += 1
        del self._parts[helper]
        del part.of.helpers[helper]
        if not part.of.is_rendering:
            self._continue(part.of)
        self.join(helper)

    def _continue(self, helped: HelpedJob) -> None:
        """The coordinator renders the next part, waits for its helpers, or joins the parts."""
        if helped.is_given_up:
            return
        if helped.offered:
            self._render_part(helped, self._take_offered(helped))
        elif helped.returned:
            self._render_part(helped, helped.returned.pop())
        elif helped.helpers:
            helper, last = max(helped.helpers.items(), key=lambda pair: pair[1].ends)
            if last.ends - self._environment.now > last.seconds:
                self._counter.parts_taken_over += 1
                del helped.helpers[helper], self._parts[helper]
                self._render_part(helped, last.seconds)
                self.join(helper)
            else:
                helped.is_rendering = False
        else:
            del self._helped[helped.coordinator]
            left = self._timings.join + self._timings.undivided
            self._later(left, lambda: self._on_rendered(helped.coordinator, helped.job))

    def _render_part(self, helped: HelpedJob, seconds: float) -> None:
        helped.is_rendering = True
        self._later(seconds, lambda: self._continue(helped))

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        self._environment.timeout(seconds).callbacks.append(lambda _event: action())
