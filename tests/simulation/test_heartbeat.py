"""What workers see of the queue, ten seconds apart, reckoned by hand."""

from ops.simulation.heartbeat import Heartbeats


def beats(*moments: float, remember: float = 240) -> Heartbeats:
    result = Heartbeats(remember)
    for moment in moments:
        result.join(moment)
    return result


def test_a_worker_counts_what_there_is_at_its_moment() -> None:
    one = beats(3)
    one.change(2, 5)
    one.change(4, 1)
    assert one.close(10) == 5


def test_what_comes_after_its_moment_is_seen_in_the_next_period() -> None:
    one = beats(3)
    one.change(3.5, 5)
    assert one.close(10) == 0
    assert one.close(20) == 5


def test_what_comes_and_goes_between_two_moments_is_never_seen() -> None:
    one = beats(3)
    one.change(4, 5)
    assert one.close(10) == 0
    one.change(12, 0)
    assert one.close(20) == 0


def test_the_more_workers_the_more_is_seen() -> None:
    three = beats(1, 5, 9)
    three.change(4, 2)
    three.change(6, 7)
    three.change(8, 3)
    assert three.close(10) == 3  # 0 at 1, 2 at 5, 3 at 9; nobody looked between 6 and 8


def test_the_most_is_remembered() -> None:
    one = beats(3, remember=20)
    one.change(2, 5)
    one.change(4, 1)
    # Five are counted at 3, and remembered for twenty seconds.
    assert [one.close(10), one.close(20)] == [5, 5]
    one.change(22, 4)
    one.change(24, 0)
    # Then what was counted at 23.
    assert [one.close(10.0 * period) for period in range(3, 7)] == [5, 4, 4, 0]


def test_nobody_counts_and_what_was_remembered_is_gone() -> None:
    one = Heartbeats(240)
    one.change(1, 9)
    assert one.close(10) is None
    moment = one.join(15)
    assert one.close(20) == 9
    one.leave(moment)
    one.change(25, 0)
    assert one.close(30) is None
    one.join(32)
    assert one.close(40) == 0
