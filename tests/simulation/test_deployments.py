"""Deployments in the simulator, calculated by hand: a new worker takes jobs after 32 s, and is healthy after 62 s."""

import pytest

from ops.simulation.deployments import GRACE_SECONDS, LONG_POLL_SECONDS, MAX_RECEIVES, ProtectionPolicy, play_rollout
from tests.simulation.models import EXACT
from worker.aws.queue import LONG_POLL_SECONDS as WORKERS_LONG_POLL_SECONDS
from worker.consumer.shutdown import GRACE_SECONDS as WORKERS_GRACE_SECONDS

AFTER = ProtectionPolicy("after each receive")
BEFORE = ProtectionPolicy("before each receive", before_receive=True)


def test_the_worker_is_as_deployed() -> None:
    assert (LONG_POLL_SECONDS, GRACE_SECONDS) == (WORKERS_LONG_POLL_SECONDS, WORKERS_GRACE_SECONDS)


def test_an_idle_fleet_is_replaced_at_once_and_asks_for_no_protection() -> None:
    """The look at 70 s stops all old workers, and their long polls end at the 180th second of the play."""
    rollout = play_rollout(AFTER, [], workers=5, begins=100, ends=1000, timings=EXACT)
    assert (rollout.seconds, rollout.calls, rollout.refused) == (80, 0, 0)


def test_an_idle_fleet_that_is_protected_while_it_waits_takes_longer() -> None:
    rollout = play_rollout(BEFORE, [], workers=5, begins=100, ends=2000, timings=EXACT)
    assert rollout.seconds is not None
    assert rollout.seconds > 80
    assert rollout.refused > 0


@pytest.mark.parametrize(
    ("policy", "refused", "returned", "lost", "done"),
    [
        (AFTER, 1, 0, 0, 2),
        (ProtectionPolicy("returned", returns_refused=True), MAX_RECEIVES, MAX_RECEIVES, 1, 1),
    ],
)
def test_as_many_workers_are_protected_as_are_desired(
    policy: ProtectionPolicy, refused: int, returned: int, lost: int, done: int
) -> None:
    """The old worker has a job until the 1000th second, and the new one is refused.

    An empty long poll leaves the old one unprotected at the 1020th second. The look at the 1025th stops it, and its
    next long poll ends at the 1040th: 1025 s after the deployment's begin.
    """
    rollout = play_rollout(policy, [(0, 1000), (100, 10)], workers=1, begins=15, ends=2000, timings=EXACT)
    assert (rollout.refused, rollout.returned, rollout.lost, rollout.done) == (refused, returned, lost, done)
    assert (rollout.seconds, rollout.handed_back) == (1025, 0)


def test_a_worker_that_asks_before_each_receive_leaves_jobs_waiting() -> None:
    """The new worker is refused every 20 s; the old one goes on with the second job, and is protected for it too."""
    rollout = play_rollout(BEFORE, [(0, 300), (100, 10)], workers=1, begins=10, ends=250, timings=EXACT)
    assert (rollout.done, rollout.refused) == (0, 11)


@pytest.mark.parametrize(("seconds", "handed_back", "ended"), [(150, 0, 140), (500, 1, 70)])
def test_an_unprotected_job_ends_in_time_or_is_handed_back(seconds: float, handed_back: int, ended: float) -> None:
    """The second job in a row is unprotected from the 10th second. SIGTERM comes at the 90th."""
    policy = ProtectionPolicy("kept for one job", kept_seconds=0)
    rollout = play_rollout(policy, [(0, 10), (0, seconds)], workers=1, begins=20, ends=2000, timings=EXACT)
    assert (rollout.handed_back, rollout.seconds) == (handed_back, ended)
    assert (rollout.done, rollout.lost) == (2, 0)
