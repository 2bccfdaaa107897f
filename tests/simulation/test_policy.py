"""Production's own scaling, read from its stack and played: what docs/scale.md promises."""

import pytest

from ops.simulation.model import Setting
from ops.simulation.peers import peers_of
from ops.simulation.play import Played, play
from ops.simulation.reading import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.synthesis import synthesise
from ops.simulation.traces import Trace, draw


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return Stack(synthesise("prod", tmp_path_factory.mktemp("prod")))


def desired(played: Played) -> list[int]:
    """The desired count at the end of each minute."""
    return [moment.desired for moment in played.moments]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_goal(stack: Stack, seed: int) -> None:
    day = draw("day", hours=24, jobs=26_947, seed=seed)
    summary = summarise(play(stack.setting(), day, hours=24, seed=seed))
    assert summary.wait_p95 < 1
    assert summary.wait_p99 < 10
    assert summary.worker_hours <= 400
    assert (summary.killed, summary.lost, summary.unfinished) == (0, 0, 0)


@pytest.mark.parametrize("shape", ["poisson", "burst", "day"])
@pytest.mark.parametrize("protected", [False, True])
def test_no_other_policy_is_both_cheaper_and_faster(stack: Stack, shape: str, protected: bool) -> None:
    setting = stack.setting()
    trace = draw(shape, hours=12, jobs=9_000, seed=7)

    def run(one: Setting) -> Summary:
        return summarise(play(one, trace, hours=12))

    ours = run(setting)
    for other in map(run, peers_of(setting, protected=protected)):
        cheaper = other.worker_hours < ours.worker_hours * 0.995
        faster = other.wait_p95 < ours.wait_p95 - 0.05 or other.wait_p99 < ours.wait_p99 - 0.05
        assert not (cheaper and faster), other


def test_an_idle_queue_leaves_the_pool_alone(stack: Stack) -> None:
    played = play(stack.setting(), [(3600.0, 20.0)], hours=2)
    assert set(desired(played)) == {10}
    assert played.jobs[0].waited == 0


def test_a_crowd_brings_the_maximum_and_the_pool_comes_back(stack: Stack) -> None:
    crowd: Trace = [(600.0, 60.0)] * 300
    played = play(stack.setting(), crowd, hours=1)
    assert max(desired(played)) == 50
    # Asked for within a minute; 300 renders of a minute take 50 workers six, and four more are remembered.
    assert desired(played)[10] == 50
    assert desired(played)[-1] == 10
    assert (played.ledger.killed, played.lost, played.unfinished) == (0, 0, 0)


def test_a_lull_shorter_than_the_memory_costs_no_worker(stack: Stack) -> None:
    waves: Trace = [(180.0 * wave + 10, 40.0) for wave in range(10) for _ in range(25)]
    played = play(stack.setting(), waves, hours=0.5)
    assert min(desired(played)[2:27]) >= 26
    later = [job.waited for job in played.jobs[25:]]
    assert max(later) < 1


def test_from_nothing_and_back(stack: Stack) -> None:
    """A pool of zero: nobody is there to publish, and SQS's own metric wakes the fleet."""
    setting = stack.setting({"warm_pool_size": 0, "on_demand_workers": 0})
    played = play(setting, [(600.0, 30.0), (600.0, 30.0)], hours=1)
    assert desired(played)[0] == 0
    assert max(job.waited for job in played.jobs) < 300
    assert desired(played)[-1] == 0
    assert played.moments[-1].running == 0


def test_sizes_given_when_deploying_are_followed(stack: Stack) -> None:
    setting = stack.setting({"warm_pool_size": 2, "max_workers": 120, "on_demand_workers": 0})
    crowd: Trace = [(600.0, 60.0)] * 500
    played = play(setting, crowd, hours=1)
    assert (desired(played)[0], max(desired(played)), desired(played)[-1]) == (2, 120, 2)


def test_a_paused_fleet_stays_paused(stack: Stack) -> None:
    setting = stack.setting({"warm_pool_size": 0, "max_workers": 0, "on_demand_workers": 0})
    played = play(setting, [(60.0, 20.0)] * 5, hours=0.5)
    assert set(desired(played)) == {0}
    assert played.unfinished == 5
