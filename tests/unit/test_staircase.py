"""How many workers for how many jobs."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from modules.staircase import Stair, rungs, staircase

sizes = st.integers(0, 1000).flatmap(
    lambda pool: st.tuples(st.just(pool), st.integers(max(pool, 1), 1000), st.integers(0, 100))
)


def wanted(stairs: list[Stair], jobs: int) -> int:
    return next(stair.workers for stair in reversed(stairs) if stair.jobs <= jobs)


def test_production() -> None:
    stairs = staircase(10, 50, 1)
    workers = [5, 10, 12, 13, 15, 16, 18, 20, 23, 26, 29, 32, 36, 40, 45, 50, 136, 369, 1000]
    assert [stair.workers for stair in stairs] == [0, *workers]
    # One more worker than jobs, at the least.
    assert [stair.jobs for stair in stairs] == [0, 1, *workers[:-1]]
    assert [stairs[index].jobs for index in rungs(stairs, 10, 50, 5)] == [0, 10, 13, 18, 26, 36]


def test_a_small_fleet_grows_by_ones() -> None:
    assert [wanted(staircase(2, 4, 1), jobs) for jobs in range(4)] == [0, 2, 3, 4]
    assert [wanted(staircase(0, 1, 0), jobs) for jobs in range(2)] == [0, 1]


@given(sizes)
def test_every_job_has_a_worker_and_the_spare_ones_stand_by(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    stairs = staircase(pool, most, spare)
    assert stairs[0] == Stair(0, 0)
    assert stairs[-1].workers == 1000
    assert len(stairs) <= 20
    for jobs in {1, 2, pool, most // 2, most - spare, most, 2 * most, 5000}:
        if jobs > 0:
            assert wanted(stairs, jobs) >= min(jobs + spare, 1000)


@given(sizes)
def test_stairs_rise_and_so_do_rungs(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    stairs = staircase(pool, most, spare)
    for lower, upper in itertools.pairwise(stairs):
        assert lower.jobs < upper.jobs
        assert lower.workers < upper.workers
    chosen = rungs(stairs, pool, most, 5)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert len(chosen) <= 6
    # Above the pool, and not where the maximum is reached already.
    assert all(stairs[index].workers > pool and stairs[index - 1].workers < most for index in chosen[1:])
    assert (len(chosen) > 1) == (most > pool)
