"""Drawn arrivals: what helpers may never do, and a second implementation that finds the same.

That no single job waits longer with helpers than without can't hold: a helper that gets a job loses its part's work, so
the helped job may end seconds later than alone, and the next job behind it begins later. What holds for each job is
tested here; that no percentile of a day gets worse, in test_deployed_helpers.py.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.simulation.jobs import Job
from ops.simulation.parts import PartTimings
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.traces import Trace
from tests.simulation.helped_fleet import HelpedFleet
from tests.simulation.models import EXACT, model

ROUNDING = 1e-6


@st.composite
def fleets(draw: st.DrawFn) -> tuple[int, Trace, PartTimings]:
    """A fixed pool, jobs for a load between none and twice of what it can do, and what parts cost."""
    rng = random.Random(draw(st.integers(0, 10**9)))  # noqa: S311  no secret
    workers, count = draw(st.integers(1, 12)), draw(st.integers(1, 40))
    load = draw(st.sampled_from([0.1, 0.3, 0.6, 0.9, 2.0]))
    now, trace = 0.0, []
    for _ in range(count):
        now += rng.expovariate(load * workers / 25)
        trace.append((now, rng.lognormvariate(3, 0.6)))
    costs = [rng.uniform(0, 3) for _ in range(5)] if draw(st.booleans()) else [0.3, 0.3, 1.5, 1.0, 2.0]
    offer, unanswered, start, join, undivided = costs
    return workers, trace, PartTimings(offer, unanswered, start, join, undivided)


def run(workers: int, trace: Trace, timings: PartTimings, *, helpers: bool = True) -> SimulationResult:
    return run_simulation(model(workers, helpers=helpers), trace, hours=0.1, timings=replace(EXACT, parts=timings))


@given(fleets())
@settings(deadline=None, max_examples=200)
def test_a_second_implementation_finds_the_same(fleet: tuple[int, Trace, PartTimings]) -> None:
    result = run(*fleet)
    found = [time for job in result.jobs for time in (job.waited, job.took)]
    assert found == pytest.approx([time for times in HelpedFleet(*fleet).run() for time in times], abs=ROUNDING)


@given(fleets())
@settings(deadline=None, max_examples=200)
def test_a_job_waits_only_while_every_worker_has_a_job_of_its_own(fleet: tuple[int, Trace, PartTimings]) -> None:
    jobs = run(*fleet).jobs
    for job in jobs:
        begun = job.arrived + job.waited
        moments = [job.arrived, *(one.arrived + one.waited for one in jobs), *(one.arrived + one.took for one in jobs)]
        for moment in moments:
            if job.arrived <= moment < begun - 2 * ROUNDING:
                assert rendering(jobs, moment + ROUNDING) == fleet[0]


def rendering(jobs: Sequence[Job], moment: float) -> int:
    """Jobs that have begun and not ended."""
    return sum(job.arrived + job.waited <= moment < job.arrived + job.took for job in jobs)


def largest_loss(render_seconds: float, timings: PartTimings) -> float:
    """What lost parts cost a job at most: offer, join, and the wait for a last part that comes back before its end."""
    parts = timings.split(render_seconds)
    return max(timings.unanswered, timings.offer + parts[0] + timings.join) if parts else 0.0


@given(fleets())
@settings(deadline=None, max_examples=200)
def test_what_lost_parts_cost_is_bounded(fleet: tuple[int, Trace, PartTimings]) -> None:
    """So no job waits longer than if each job took one worker that much longer."""
    workers, trace, timings = fleet
    jobs = run(*fleet).jobs
    longest = [(arrival, render + largest_loss(render, timings)) for arrival, render in trace]
    for job, (_, most) in zip(jobs, longest, strict=True):
        assert job.took - job.waited <= most + ROUNDING
    alone = run(workers, longest, timings, helpers=False).jobs
    assert all(job.waited <= other.waited + ROUNDING for job, other in zip(jobs, alone, strict=True))


@given(fleets())
@settings(deadline=None, max_examples=200)
def test_without_lost_parts_no_job_waits_longer(fleet: tuple[int, Trace, PartTimings]) -> None:
    """With the costs that are assumed, but no wait for an answer where no worker is idle."""
    workers, trace, _ = fleet
    result = run(workers, trace, PartTimings(unanswered=0.0))
    alone = run(workers, trace, PartTimings(), helpers=False)
    if result.counter.parts_dropped == 0:
        for job, other in zip(result.jobs, alone.jobs, strict=True):
            assert job.waited <= other.waited + ROUNDING
            assert job.took <= other.took + ROUNDING
