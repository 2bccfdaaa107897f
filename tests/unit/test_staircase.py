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
    workers = [3, 5, 8, 10, 12, 13, 14, 16, 18, 20, 22, 24, 27, 30, 33, 37, 41, 45, 50]
    assert [stair.workers for stair in stairs] == [0, *workers]
    # One more worker than jobs, at the least.
    assert [stair.jobs for stair in stairs] == [0, 1, *workers[:-1]]
    assert [stairs[index].jobs for index in rungs(stairs, 10, 5)] == [0, 10, 14, 20, 27, 37]


def test_a_small_fleet_grows_by_ones() -> None:
    assert staircase(2, 4, 1) == [Stair(0, 0), Stair(1, 2), Stair(2, 3), Stair(3, 4)]
    assert staircase(0, 1, 0) == [Stair(0, 0), Stair(1, 1)]


@given(sizes)
def test_every_job_has_a_worker_and_the_spare_ones_stand_by(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    stairs = staircase(pool, most, spare)
    assert stairs[0] == Stair(0, 0)
    assert stairs[-1].workers == most
    assert len(stairs) <= 20
    for jobs in {1, 2, pool, most // 2, most - spare, most, 2 * most} - {0}:
        if jobs > 0:
            assert wanted(stairs, jobs) >= min(jobs + spare, most)


@given(sizes)
def test_stairs_rise_and_so_do_rungs(size: tuple[int, int, int]) -> None:
    pool, most, spare = size
    stairs = staircase(pool, most, spare)
    for lower, upper in itertools.pairwise(stairs):
        assert lower.jobs < upper.jobs
        assert lower.workers < upper.workers
    chosen = rungs(stairs, pool, 5)
    assert chosen == sorted(set(chosen))
    assert chosen[0] == 0
    assert len(chosen) <= 6
    assert all(stairs[index].workers > pool for index in chosen[1:])
    assert (len(chosen) > 1) == (most > pool)
