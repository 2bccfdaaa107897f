"""Whole runs of a few jobs, second by second."""

import random

import pytest

from ops.simulation.fargate import LaunchQuota, choose_provider
from ops.simulation.model import Alarm, CapacityProvider, StepAdjustment, StepPolicy
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.summary import percentile, summarise
from ops.simulation.timings import LogNormal, Timings
from ops.simulation.traces import Trace
from tests.simulation.models import EXACT, model, query

MINUTES = 1 / 60


def waits(result: SimulationResult) -> list[float]:
    return [job.waited for job in result.jobs]


def test_a_pool_of_one_takes_one_job_after_the_other() -> None:
    result = run_simulation(model(1), [(0, 20), (5, 20), (100, 20)], hours=3 * MINUTES, timings=EXACT)
    assert waits(result) == [0, 15, 0]
    assert summarise(result).worker_hours == pytest.approx(180 / 3600)


def scaled(*, period: int, namespace: str, name: str, seed: int = 1, **changes: object) -> SimulationResult:
    """From one worker to three, if there are two jobs or more; three jobs of 200 s at second 1."""
    alarm = Alarm("busy", query(namespace, name, period=period), "GreaterThanOrEqualToThreshold", 2, 1, 1, "missing")
    step = StepPolicy("three", "ExactCapacity", (StepAdjustment(0, None, 3),), 0)
    one = model(1, 3, alarms=(alarm_calling(alarm, "three"),), step_policies={"three": step}, **changes)
    return run_simulation(one, [(1, 200), (1, 200), (1, 200)], hours=15 * MINUTES, timings=EXACT, seed=seed)


def alarm_calling(alarm: Alarm, policy: str) -> Alarm:
    return Alarm(**{**vars(alarm), "actions": (policy,)})


def test_a_metric_of_the_workers_brings_help_within_a_minute() -> None:
    """A worker counts the jobs between second 1 and 11; its line is shown 10 s later and evaluated within 10 s; 3 s of
    scaling and 32 of starting follow."""
    found = []
    for seed in range(40):
        result = scaled(period=10, namespace="HospupVideo", name="PeakJobs", seed=seed)
        assert waits(result)[0] == 0
        first, second = waits(result)[1:]
        assert first == second
        found.append(first)
    assert min(found) >= 1 + 10 + 35 - 1
    assert max(found) <= 11 + 10 + 10 + 35 - 1
    assert max(found) - min(found) > 5


def test_a_metric_of_sqs_takes_two_minutes_and_a_half() -> None:
    """The minute ends at 60 s, is visible at 90 and evaluated by 150."""
    result = scaled(period=60, namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible")
    for wait in waits(result)[1:]:
        assert 90 + 35 - 1 <= wait <= 150 + 35 - 1


def test_workers_are_billed_from_the_pull_of_their_image_on() -> None:
    result = scaled(period=10, namespace="HospupVideo", name="PeakJobs")
    # One for 900 s; two from 12 s before they take a job.
    started = 1 + waits(result)[1]
    assert summarise(result).worker_hours == pytest.approx((900 + 2 * (900 - started + 12)) / 3600)


def shrinking(**worker: object) -> SimulationResult:
    """Two workers, both busy with 300 s; after a while the policy wants one."""
    alarm = Alarm(
        "low",
        query("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        "LessThanOrEqualToThreshold",
        0,
        1,
        1,
        "missing",
    )
    step = StepPolicy("one", "ExactCapacity", (StepAdjustment(None, 0, 1),), 0)
    grown = model(1, 2, alarms=(alarm_calling(alarm, "one"),), step_policies={"one": step}, **worker)
    return run_simulation(grown, [(1, 300), (1, 300)], hours=20 * MINUTES, timings=EXACT, initial_workers=2)


def test_protected_workers_finish_before_they_go() -> None:
    result = shrinking()
    assert (result.counter.killed, waits(result)) == (0, [0, 0])
    # One leaves when its job is done, at 301 s.
    assert summarise(result).worker_hours == pytest.approx((1200 + 301) / 3600)


def test_unprotected_ones_are_killed_and_their_jobs_wait_for_the_lease() -> None:
    result = shrinking(protected=False, returns_jobs=False, renews_lease=False, lease_seconds=600)
    assert result.counter.killed == 1
    assert sorted(waits(result)) == [0, 600]


@pytest.mark.parametrize(("grace", "interrupted"), [(120, 1), (1020, 0)])
def test_a_spot_interruption_lets_finish_what_can_be_and_hands_back_the_rest(grace: float, interrupted: int) -> None:
    often = Timings(**{**vars(EXACT), "spot_interruptions": 3600 / 300.0})  # about every five minutes
    spot = model(1, providers=(CapacityProvider("FARGATE_SPOT", 0, 1),), stop_timeout=grace, max_receives=1000)
    trace: Trace = [(0, 800)]
    result = run_simulation(spot, trace, hours=1, timings=often, seed=3)
    assert (result.counter.interrupted > 0) == bool(interrupted)
    assert result.unfinished == result.lost == 0
    if interrupted:
        # It restarted in a new worker, 32 s after each interruption.
        assert result.jobs[0].waited >= 32


def test_a_job_that_is_killed_at_every_try_is_lost() -> None:
    often = Timings(**{**vars(EXACT), "spot_interruptions": 3600.0})  # every second
    spot = model(1, providers=(CapacityProvider("FARGATE_SPOT", 0, 1),))
    result = run_simulation(spot, [(0, 500)], hours=0.5, timings=often)
    assert (result.lost, result.jobs[0].receives, summarise(result).lost) == (1, 3, 1)


def test_a_base_on_demand_comes_first_and_then_the_weights() -> None:
    providers = (CapacityProvider("FARGATE", 3, 0), CapacityProvider("FARGATE_SPOT", 0, 1))
    running: dict[str, int] = {}
    order = []
    for _ in range(5):
        chosen = choose_provider(providers, running)
        running[chosen] = running.get(chosen, 0) + 1
        order.append(chosen)
    assert order == ["FARGATE"] * 3 + ["FARGATE_SPOT"] * 2


def test_a_hundred_launches_at_once_and_twenty_a_second() -> None:
    quota = LaunchQuota()
    delays = [quota.delay(0.0) for _ in range(140)]
    assert delays[99] == 0
    assert delays[119] == pytest.approx(1.0)
    assert delays[139] == pytest.approx(2.0)
    assert quota.delay(1000.0) == 0


def test_the_same_seed_gives_the_same_run() -> None:
    trace = [(float(second), 30.0) for second in range(0, 600, 7)]
    runs = [summarise(run_simulation(model(3), trace, hours=0.2, seed=8)) for _ in "ab"]
    assert runs[0] == runs[1]


def test_percentiles_are_nearest_ranks() -> None:
    hundred = [float(value) for value in range(1, 101)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([], 0.5) == 0


def test_a_log_normal_has_the_median_and_tail_that_it_says() -> None:
    rng = random.Random(1)  # noqa: S311  no secret
    drawn = sorted(LogNormal(22, 35).draw(rng) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(22, rel=0.02)
    assert drawn[19_000] == pytest.approx(35, rel=0.03)


def counting_workers(running: int) -> SimulationResult:
    """A service whose policy starts ten workers if Container Insights publishes any number of running ones."""
    alarm = Alarm(
        "any", query("ECS/ContainerInsights", "RunningTaskCount"), "GreaterThanOrEqualToThreshold", 0, 1, 1, "missing"
    )
    step = StepPolicy("ten", "ExactCapacity", (StepAdjustment(0, None, 10),), 0)
    one = model(running, 10, alarms=(alarm_calling(alarm, "ten"),), step_policies={"ten": step})
    return run_simulation(one, [(0, 20)], hours=10 * MINUTES, timings=EXACT)


def test_container_insights_publishes_nothing_without_a_running_task() -> None:
    assert counting_workers(0).samples[-1].desired == 0
    assert counting_workers(1).samples[-1].desired == 10
