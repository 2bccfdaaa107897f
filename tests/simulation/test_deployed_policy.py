"""Production's scaling, read from its stack and simulated: the promises of docs/design/scale.md."""

from dataclasses import replace

import pytest

from ops.simulation.model import StackModel
from ops.simulation.other_policies import other_policies_for
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace, draw
from ops.stack.synthesis import synthesise


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(synthesise("prod", tmp_path_factory.mktemp("prod")))


def desired(result: SimulationResult) -> list[int]:
    """The desired count at the end of each minute."""
    return [sample.desired for sample in result.samples]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_goal(stack: Stack, seed: int) -> None:
    day = draw("day", hours=24, jobs=26_947, seed=seed)
    summary = summarise(run_simulation(stack.model(), day, hours=24, seed=seed))
    assert summary.wait_p95 < 1
    assert summary.wait_p99 < 10
    assert summary.worker_hours <= 400
    assert (summary.killed, summary.lost, summary.unfinished) == (0, 0, 0)


@pytest.mark.parametrize("shape", ["poisson", "burst", "day"])
@pytest.mark.parametrize("protected", [False, True])
def test_no_other_policy_is_both_cheaper_and_faster(stack: Stack, shape: str, protected: bool) -> None:
    model = stack.model()
    trace = draw(shape, hours=12, jobs=9_000, seed=7)

    def run(one: StackModel) -> Summary:
        return summarise(run_simulation(one, trace, hours=12))

    ours = run(model)
    for other in map(run, other_policies_for(model, protected=protected)):
        cheaper = other.worker_hours < ours.worker_hours * 0.995
        faster = other.wait_p95 < ours.wait_p95 - 0.05 or other.wait_p99 < ours.wait_p99 - 0.05
        assert not (cheaper and faster), other


def test_an_idle_queue_leaves_the_pool_alone(stack: Stack) -> None:
    result = run_simulation(stack.model(), [(3600.0, 20.0)], hours=2)
    assert set(desired(result)) == {10}
    assert result.jobs[0].waited == 0


def test_a_crowd_brings_the_maximum_and_the_pool_comes_back(stack: Stack) -> None:
    crowd: Trace = [(600.0, 60.0)] * 300
    result = run_simulation(stack.model(), crowd, hours=1)
    assert max(desired(result)) == 50
    # Requested within a minute; 50 workers need six minutes for 300 renders of a minute, and PeakJobs falls four later.
    assert desired(result)[10] == 50
    assert desired(result)[-1] == 10
    assert (result.counter.killed, result.lost, result.unfinished) == (0, 0, 0)


def test_a_lull_shorter_than_the_memory_costs_no_worker(stack: Stack) -> None:
    waves: Trace = [(180.0 * wave + 10, 40.0) for wave in range(10) for _ in range(25)]
    result = run_simulation(stack.model(), waves, hours=0.5)
    assert min(desired(result)[2:27]) >= 26
    later = [job.waited for job in result.jobs[25:]]
    assert max(later) < 1


def test_from_nothing_and_back(stack: Stack) -> None:
    """A pool of zero: no worker publishes metrics, and SQS's own metric starts the fleet."""
    model = stack.model({"warm_pool_size": 0, "on_demand_workers": 0})
    result = run_simulation(model, [(600.0, 30.0), (600.0, 30.0)], hours=1)
    assert desired(result)[0] == 0
    assert max(job.waited for job in result.jobs) < 300
    assert desired(result)[-1] == 0
    assert result.samples[-1].running == 0


def test_an_empty_fleet_starts_for_one_job_at_any_time_of_the_minute(stack: Stack) -> None:
    model = stack.model({"warm_pool_size": 0, "on_demand_workers": 0})
    for seed in range(10):
        (job,) = run_simulation(model, [(1800 + 6.1 * seed, 20.0)], hours=1, seed=seed).jobs
        assert 0 < job.waited < 270


def test_an_empty_fleet_whose_queue_was_unused_starts_when_sqs_publishes_again(stack: Stack) -> None:
    """SQS publishes nothing about a queue that was unused for six hours, and begins 15 minutes after its next use."""
    model = stack.model({"warm_pool_size": 0, "on_demand_workers": 0})
    (job,) = run_simulation(model, [(8 * 3600.0, 20.0)], hours=9).jobs
    assert 900 < job.waited < 900 + 300


def test_the_alarm_on_waiting_jobs_adds_no_worker_to_a_fleet_that_is_heard(stack: Stack) -> None:
    day = draw("day", hours=8, jobs=9_000, seed=1)
    added = run_simulation(stack.model(), day, hours=8).counter.added_by
    assert added["peak_jobs_0"] > 0
    assert added.get("unheard", 0) <= 1


def test_jobs_are_served_if_no_worker_publishes_its_metric(stack: Stack) -> None:
    model = stack.model()
    deaf = replace(model, alarms=tuple(alarm for alarm in model.alarms if alarm.name == "unheard"))
    summary = summarise(run_simulation(deaf, draw("poisson", hours=3, jobs=3_000, seed=1), hours=3))
    assert summary.wait_p95 < 60
    assert (summary.lost, summary.unfinished) == (0, 0)


def test_partial_data_starts_no_worker_twice(stack: Stack) -> None:
    """An alarm that sees the lines of young workers alone stops workers that the next one starts again."""
    model = stack.model()
    trace = draw("poisson", hours=3, jobs=7_000, seed=1)

    def starts(log_batch: float, period: int | None = None) -> int:
        alarms = tuple(
            replace(alarm, query=replace(alarm.query, period=period or alarm.query.period))
            for alarm in model.alarms
            if alarm.name.startswith("peak_jobs")
        )
        followed = replace(model, alarms=alarms)
        return run_simulation(followed, trace, hours=3, timings=Timings(log_batch=log_batch)).counter.starts

    assert starts(15) < 1.3 * starts(0)
    assert starts(15, period=10) > 2 * starts(15)


def test_sizes_given_when_deploying_are_followed(stack: Stack) -> None:
    model = stack.model({"warm_pool_size": 2, "max_workers": 120, "on_demand_workers": 0})
    crowd: Trace = [(600.0, 60.0)] * 500
    result = run_simulation(model, crowd, hours=1)
    assert (desired(result)[0], max(desired(result)), desired(result)[-1]) == (2, 120, 2)


def test_a_paused_fleet_stays_paused(stack: Stack) -> None:
    model = stack.model({"warm_pool_size": 0, "max_workers": 0, "on_demand_workers": 0})
    result = run_simulation(model, [(60.0, 20.0)] * 5, hours=0.5)
    assert set(desired(result)) == {0}
    assert result.unfinished == 5
