"""When a render is given up for a shutdown, and when it may finish."""

import signal
import time

import pytest

from worker.consumer.shutdown import LATE_SECONDS, Shutdown


@pytest.mark.parametrize(
    ("progress", "elapsed", "give_up"),
    [
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


def test_a_render_that_shows_nothing_gets_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shutdown = Shutdown(grace_seconds=100)
    shutdown.request()
    now += 2.9
    assert not shutdown.should_give_up(1000.0, 0.0)
    now += 0.2
    assert shutdown.should_give_up(1000.0, 0.0)


def test_a_job_that_was_received_after_sigterm_gets_longer_to_show_something(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    shutdown = Shutdown(grace_seconds=100)
    shutdown.request()
    started = now + 10
    now = started + LATE_SECONDS - 1
    assert not shutdown.should_give_up(started, 0.0)
    now += 2
    assert shutdown.should_give_up(started, 0.0)


def test_a_second_request_leaves_no_grace() -> None:
    shutdown = Shutdown(grace_seconds=100)
    shutdown.request()
    shutdown.request()
    assert shutdown.should_give_up(time.monotonic() - 10, 0.99)


def test_a_second_signal_breaks_off_only_what_may_be_broken_off() -> None:
    shutdown = Shutdown()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    shutdown.install_signal_handlers()
    try:
        with pytest.raises(OSError, match="no network"), shutdown.interruptible():
            raise OSError("no network")
        shutdown.request()
        signal.raise_signal(signal.SIGTERM)  # outside: nothing is raised into a render
        with shutdown.interruptible():
            signal.raise_signal(signal.SIGTERM)
            pytest.fail("the wait went on")
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


class Finalized:
    """What is signalled while it is finalized, where Python drops every exception."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGTERM)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_signal_during_a_finalizer_does_not_use_up_the_interruption() -> None:
    shutdown = Shutdown()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    shutdown.install_signal_handlers()
    try:
        shutdown.request()
        with shutdown.interruptible():
            Finalized()
            signal.raise_signal(signal.SIGTERM)
            pytest.fail("the wait went on")
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])


def test_waiting_ends_with_the_request() -> None:
    shutdown = Shutdown()
    assert not shutdown.wait(0.01)
    shutdown.request()
    assert shutdown.wait(60)
