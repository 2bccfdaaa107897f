"""Jobs that are rendered in parts: how they are split, and runs of a few, second by second."""

from dataclasses import replace

import pytest

from ops.simulation.model import Alarm, CapacityProvider, StepAdjustment, StepPolicy
from ops.simulation.parts import PartTimings
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.summary import summarise
from ops.simulation.traces import Trace
from tests.simulation.models import EXACT, model, query

MINUTES = 1 / 60
PARTS = PartTimings(
    offer=0.5,
    unanswered=0.5,
    start=1.0,
    join=2.0,
    undivided=3.0,
    render_per_video_second=1.0,
    key_frames=2.0,
    shortest=2.0,
    most=4,
    least_gain=1.0,
)
TIMINGS = replace(EXACT, parts=PARTS)


@pytest.mark.parametrize(
    ("render_seconds", "parts"),
    [
        (15, [4, 4, 2, 2]),  # twelve seconds of pictures, six steps of two seconds
        (15.5, [4, 4, 2.5, 2]),  # the rest is in the last part
        (11, [2, 2, 2, 2]),
        (10, []),  # 3, 2 and 2 s: with costs of 3.5 s only half a second less than 7
        (9, []),
        (6.9, []),  # one part
        (2, []),
    ],
)
def test_parts_begin_on_the_grid_and_pay(render_seconds: float, parts: list[float]) -> None:
    assert list(PARTS.split(render_seconds)) == pytest.approx(parts)


def test_a_job_has_eight_parts_at_most() -> None:
    assert list(PartTimings(undivided=0, render_per_video_second=1).split(33)) == [5, 4, 4, 4, 4, 4, 4, 4]


def helped(workers: int, trace: Trace) -> SimulationResult:
    """A run of workers that help each other."""
    return run_simulation(model(workers, helpers=True), trace, hours=10 * MINUTES, timings=TIMINGS)


def took(result: SimulationResult) -> list[float]:
    return [job.took for job in result.jobs]


def test_a_worker_alone_pays_for_the_offer() -> None:
    result = helped(1, [(0, 15), (100, 5)])
    assert took(result) == [15.5, 5]
    assert result.counter.helped_jobs == 0


def test_three_helpers_render_beside_the_coordinator() -> None:
    """They render 4, 4 and 2 s until 5.5, 5.5 and 3.5; the coordinator renders 2 s, waits, and joins for 2 + 3 s."""
    result = helped(4, [(0, 15)])
    assert took(result) == [10.5]
    assert (result.counter.helped_jobs, result.counter.parts_rendered, result.counter.parts_dropped) == (1, 3, 0)
    assert (summarise(result).wait_p99, summarise(result).video_p50) == (0, 10.5)


def test_a_helper_takes_the_next_part_when_it_has_rendered_one() -> None:
    """It renders 4 s until 5.5, then 2 s until 8.5; the coordinator 4 and 2 s until 6.5."""
    result = helped(2, [(0, 15)])
    assert took(result) == [13.5]
    assert result.counter.parts_rendered == 2


def test_a_worker_that_becomes_idle_helps_at_once() -> None:
    """The other job ends at 1; its worker renders 2 s until 4, and the first helper 4 s until 5.5."""
    result = helped(3, [(0, 1), (0, 15)])
    assert result.counter.parts_rendered == 2
    assert took(result) == [1, 11.5]


def test_a_coordinator_takes_over_what_it_renders_sooner_itself() -> None:
    """As before, and at 4 the helper takes the last 2 s, until 7. The coordinator renders them from 4.5 until 6.5."""
    result = helped(3, [(0, 1), (0, 15)])
    assert result.counter.parts_taken_over == 1
    assert result.counter.parts_dropped == 0


def test_a_job_takes_a_helper_at_once_and_the_part_goes_back() -> None:
    """The helper's 4 s are lost at 2; it renders 2 s from 3 to 6. The coordinator renders 4, 2 and the lost 4 s until
    10.5: half a second later than alone."""
    result = helped(2, [(0, 15), (2, 1)])
    assert [job.waited for job in result.jobs] == [0, 0]
    assert took(result) == [15.5, 1]
    assert (result.counter.parts_rendered, result.counter.parts_dropped) == (1, 1)


def test_a_coordinator_that_waits_renders_what_comes_back() -> None:
    """Of four workers one renders until 2.5 and waits. At 3 three jobs take its helpers: 4, 4 and 2 s come back."""
    result = helped(4, [(0, 15), (3, 1), (3, 1), (3, 1)])
    assert [job.waited for job in result.jobs] == [0] * 4
    assert took(result) == [3 + 10 + 5, 1, 1, 1]
    assert result.counter.parts_dropped == 3


def test_scale_in_stops_a_helper_as_it_stops_an_idle_worker() -> None:
    """300 s of pictures. The helper renders 76 s until 77.5, and is stopped in the next part, which comes back."""
    visible = query("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    alarm = Alarm("low", visible, "LessThanOrEqualToThreshold", 0, 1, 1, "missing", ("one",))
    step = StepPolicy("one", "ExactCapacity", (StepAdjustment(None, 0, 1),), 0)
    grown = model(1, 2, alarms=(alarm,), step_policies={"one": step}, helpers=True)
    result = run_simulation(grown, [(0, 303)], hours=10 * MINUTES, timings=TIMINGS, initial_workers=2)
    assert result.counter.stops == 1
    assert (result.counter.parts_rendered, result.counter.parts_dropped) == (1, 1)
    assert took(result) == [0.5 + 76 + 74 + 74 + 5]


def test_an_interrupted_coordinator_leaves_no_part_behind() -> None:
    """Spot takes every worker back after some minutes; a job that begins again is offered again."""
    often = replace(TIMINGS, spot_interruptions=3600 / 200.0)
    spot = model(4, providers=(CapacityProvider("FARGATE_SPOT", 0, 1),), stop_timeout=20, max_receives=1000)
    trace: Trace = [(100.0 * number, 300.0) for number in range(30)]
    result = run_simulation(spot.with_helpers(True), trace, hours=1, timings=often, seed=3)
    assert result.counter.interrupted > 0
    assert result.unfinished == result.lost == 0
    assert all(job.took >= job.waited >= 0 for job in result.jobs)
    assert result.counter.parts_rendered > 0


def test_parts_are_no_jobs_for_the_scaling() -> None:
    """Nine idle workers help one job; PeakJobs is one."""
    peak = query("HospupVideo", "PeakJobs", period=10)
    alarm = Alarm("busy", peak, "GreaterThanOrEqualToThreshold", 2, 1, 1, "missing", ("more",))
    step = StepPolicy("more", "ExactCapacity", (StepAdjustment(0, None, 20),), 0)
    grown = model(10, 20, alarms=(alarm,), step_policies={"more": step}, helpers=True)
    trace: Trace = [(100.0 * number, 60.0) for number in range(5)]
    result = run_simulation(grown, trace, hours=10 * MINUTES, timings=TIMINGS)
    assert result.counter.helped_jobs == 5
    assert result.counter.starts == 0
