"""When a render is given up for a shutdown, and when it may finish."""

import time

import pytest

from worker.shutdown import Shutdown


@pytest.mark.parametrize(
    ("progress", "elapsed", "give_up"),
    [
        (0.0, 5.0, True),  # no telling when it ends
        (0.5, 10.0, False),  # ten seconds more, of a hundred
        (0.1, 20.0, True),  # three minutes more
        (0.99, 300.0, False),  # slow, but nearly done
    ],
)
def test_a_render_goes_on_only_if_it_ends_in_time(progress: float, elapsed: float, *, give_up: bool) -> None:
    shutdown = Shutdown(grace_seconds=100)
    started = time.monotonic() - elapsed
    assert not shutdown.should_give_up(started, progress)
    shutdown.request()
    assert shutdown.should_give_up(started, progress) is give_up


def test_a_second_request_leaves_no_grace() -> None:
    shutdown = Shutdown(grace_seconds=100)
    shutdown.request()
    shutdown.request()
    assert shutdown.should_give_up(time.monotonic() - 10, 0.99)


def test_waiting_ends_with_the_request() -> None:
    shutdown = Shutdown()
    assert not shutdown.wait(0.01)
    shutdown.request()
    assert shutdown.wait(60)
