"""Whole runs of a few jobs, second by second."""

import random

import pytest

from ops.simulation.fargate import LaunchQuota, choose_provider
from ops.simulation.model import Alarm, Provider, Step, StepPolicy
from ops.simulation.play import Played, play
from ops.simulation.summary import percentile, summarise
from ops.simulation.timings import LogNormal, Timings
from ops.simulation.traces import Trace
from tests.simulation.settings import EXACT, setting, watched

MINUTES = 1 / 60


def waits(played: Played) -> list[float]:
    return [job.waited for job in played.jobs]


def test_a_pool_of_one_takes_one_job_after_the_other() -> None:
    played = play(setting(1), [(0, 20), (5, 20), (100, 20)], hours=3 * MINUTES, timings=EXACT)
    assert waits(played) == [0, 15, 0]
    assert summarise(played).worker_hours == pytest.approx(180 / 3600)


def scaled(*, period: int, namespace: str, name: str, seed: int = 1, **changes: object) -> Played:
    """From one worker to three, if there are two jobs or more; three jobs of 200 s at second 1."""
    alarm = Alarm("busy", watched(namespace, name, period=period), "GreaterThanOrEqualToThreshold", 2, 1, 1, "missing")
    step = StepPolicy("three", "ExactCapacity", (Step(0, None, 3),), 0)
    one = setting(1, 3, alarms=(alarm_calling(alarm, "three"),), step_policies={"three": step}, **changes)
    return play(one, [(1, 200), (1, 200), (1, 200)], hours=15 * MINUTES, timings=EXACT, seed=seed)


def alarm_calling(alarm: Alarm, policy: str) -> Alarm:
    return Alarm(**{**vars(alarm), "actions": (policy,)})


def test_a_metric_of_the_workers_brings_help_within_a_minute() -> None:
    """The period ends at 10 s, is seen at 20 and looked at by 30; 3 s of scaling and 32 of starting follow.

    Where the only worker counts before second 1, the jobs are in the next period.
    """
    next_period = 0
    for seed in range(40):
        played = scaled(period=10, namespace="HospupVideo", name="PeakJobs", seed=seed)
        assert waits(played)[0] == 0
        first, second = waits(played)[1:]
        assert first == second
        assert 20 + 35 - 1 <= first <= 40 + 35 - 1
        next_period += first > 30 + 35 - 1
    assert 0 < next_period < 10  # one run in ten


def test_a_metric_of_sqs_takes_two_minutes_and_a_half() -> None:
    """The minute ends at 60 s, is seen at 90 and looked at by 150."""
    played = scaled(period=60, namespace="AWS/SQS", name="ApproximateNumberOfMessagesVisible")
    for wait in waits(played)[1:]:
        assert 90 + 35 - 1 <= wait <= 150 + 35 - 1


def test_workers_are_billed_from_the_pull_of_their_image_on() -> None:
    played = scaled(period=10, namespace="HospupVideo", name="PeakJobs")
    # One for 900 s; two from 12 s before they take a job on.
    started = 1 + waits(played)[1]
    assert summarise(played).worker_hours == pytest.approx((900 + 2 * (900 - started + 12)) / 3600)


def shrinking(**worker: object) -> Played:
    """Two workers, both busy with 300 s; after a while the policy wants one."""
    alarm = Alarm(
        "low",
        watched("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        "LessThanOrEqualToThreshold",
        0,
        1,
        1,
        "missing",
    )
    step = StepPolicy("one", "ExactCapacity", (Step(None, 0, 1),), 0)
    grown = setting(1, 2, alarms=(alarm_calling(alarm, "one"),), step_policies={"one": step}, **worker)
    return play(grown, [(1, 300), (1, 300)], hours=20 * MINUTES, timings=EXACT, begins_with=2)


def test_protected_workers_finish_before_they_go() -> None:
    played = shrinking()
    assert (played.ledger.killed, waits(played)) == (0, [0, 0])
    # One leaves when its job is done, at 301 s.
    assert summarise(played).worker_hours == pytest.approx((1200 + 301) / 3600)


def test_unprotected_ones_are_killed_and_their_jobs_wait_for_the_lease() -> None:
    played = shrinking(protected=False, hands_back=False, renews_lease=False, lease_seconds=600)
    assert played.ledger.killed == 1
    assert sorted(waits(played)) == [0, 600]


@pytest.mark.parametrize(("grace", "interrupted"), [(120, 1), (1020, 0)])
def test_a_spot_interruption_lets_finish_what_can_be_and_hands_back_the_rest(grace: float, interrupted: int) -> None:
    often = Timings(**{**vars(EXACT), "spot_interruptions": 3600 / 300.0})  # about every five minutes
    spot = setting(1, providers=(Provider("FARGATE_SPOT", 0, 1),), stop_timeout=grace, max_receives=1000)
    trace: Trace = [(0, 800)]
    played = play(spot, trace, hours=1, timings=often, seed=3)
    assert (played.ledger.interrupted > 0) == bool(interrupted)
    assert played.unfinished == played.lost == 0
    if interrupted:
        # It began again in a new worker, 32 s after each interruption.
        assert played.jobs[0].waited >= 32


def test_a_job_that_is_killed_at_every_try_is_lost() -> None:
    often = Timings(**{**vars(EXACT), "spot_interruptions": 3600.0})  # every second
    spot = setting(1, providers=(Provider("FARGATE_SPOT", 0, 1),))
    played = play(spot, [(0, 500)], hours=0.5, timings=often)
    assert (played.lost, played.jobs[0].receives, summarise(played).lost) == (1, 3, 1)


def test_a_base_on_demand_comes_first_and_then_the_weights() -> None:
    providers = (Provider("FARGATE", 3, 0), Provider("FARGATE_SPOT", 0, 1))
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
    runs = [summarise(play(setting(3), trace, hours=0.2, seed=8)) for _ in "ab"]
    assert runs[0] == runs[1]


def test_percentiles_are_nearest_ranks() -> None:
    hundred = [float(value) for value in range(1, 101)]
    assert [percentile(hundred, share) for share in (0.5, 0.95, 0.99, 1.0)] == [50, 95, 99, 100]
    assert percentile([], 0.5) == 0


def test_a_log_normal_has_the_median_and_tail_that_it_says() -> None:
    chance = random.Random(1)  # noqa: S311  no secret
    drawn = sorted(LogNormal(22, 35).draw(chance) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(22, rel=0.02)
    assert drawn[19_000] == pytest.approx(35, rel=0.03)
