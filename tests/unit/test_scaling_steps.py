"""The steps of step scaling, and the choice of those with an alarm."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from modules.compute.scaling_steps import ScalingStep, alarm_steps, scaling_steps

sizes = st.integers(0, 1000).flatmap(
    lambda pool: st.tuples(st.just(pool), st.integers(max(pool, 1), 1000), st.integers(0, 100))
)


def wanted(steps: list[ScalingStep], jobs: int) -> int:
    return next(step.workers for step in reversed(steps) if step.jobs <= jobs)


def test_production() -> None:
    steps = scaling_steps(10, 50, 1)
    workers = [5, 10, 12, 13, 15, 16, 18, 20, 23, 26, 29, 32, 36, 40, 45, 50, 136, 369, 1000]
    assert [step.workers for step in steps] == [0, *workers]
    # At least one more worker than jobs.
    assert [step.jobs for step in steps] == [0, 1, *workers[:-1]]
    assert [steps[index].jobs for index in alarm_steps(steps, 10, 50, 5)] == [0, 10, 13, 18, 26, 36]


def test_a_small_fleet_grows_by_ones() -> None:
    assert [wanted(scaling_steps(2, 4, 1), jobs) for jobs in range(4)] == [0, 2, 3, 4]
    assert [wanted(scaling_steps(0, 1, 0), jobs) for jobs in range(2)] == [0, 1]


@given(sizes)
def test_every_job_has_a_worker_and_spare_ones_remain(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    steps = scaling_steps(pool, most, spare)
    assert steps[0] == ScalingStep(0, 0)
    assert steps[-1].workers == 1000
    assert len(steps) <= 20
    for jobs in {1, 2, pool, most // 2, most - spare, most, 2 * most, 5000}:
        if jobs > 0:
            assert wanted(steps, jobs) >= min(jobs + spare, 1000)


@given(sizes)
def test_steps_and_alarms_increase(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    steps = scaling_steps(pool, most, spare)
    for lower, upper in itertools.pairwise(steps):
        assert lower.jobs < upper.jobs
        assert lower.workers < upper.workers
    chosen = alarm_steps(steps, pool, most, 5)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert len(chosen) <= 6
    # Above the pool, and only where the maximum isn't reached yet.
    assert all(steps[index].workers > pool and steps[index - 1].workers < most for index in chosen[1:])
    assert (len(chosen) > 1) == (most > pool)
