"""Deliveries that hang keep no job from being handled, and are bounded in number."""

import signal
import threading
from typing import Any, cast

import pytest

from tests.waiting import eventually
from worker.aws.queue import JobQueue, Message
from worker.consumer import deliveries
from worker.consumer.deliveries import DELIVERIES_MAX, Deliveries, LeaveLoop


class Queue:
    """Records which messages were returned, and when they are visible again."""

    def __init__(self) -> None:
        self.returned: list[tuple[str, float]] = []

    def return_message(self, message: Message, seconds: float) -> None:
        self.returned.append((message.message_id, seconds))


class Receiver:
    """A receiver that answers no delivery until `answer` is called."""

    def __init__(self) -> None:
        self._answered = threading.Event()
        self.answer = self._answered.set
        self.ended = 0
        self.left: list[bool] = []

    def deliver(self, leave_loop: LeaveLoop) -> None:
        self.left.append(leave_loop())
        if self.left[-1]:
            self._answered.wait()
            self.ended += 1


def message(number: int) -> Message:
    return Message(f"m{number}", "{}", "handle", {}, 1, 0.0)


def test_the_loop_goes_on_while_deliveries_hang_and_their_number_is_bounded() -> None:
    under_test, receiver = Deliveries(cast("JobQueue", Queue())), Receiver()
    assert not under_test.under_way
    for number in range(DELIVERIES_MAX + 2):
        under_test.handle(message(number), receiver.deliver)
    assert receiver.left == [True] * DELIVERIES_MAX + [False] * 2
    assert under_test.under_way
    receiver.answer()
    eventually(lambda: not under_test.under_way)
    under_test.handle(message(9), receiver.deliver)  # there is room again
    assert receiver.left[-1]


def test_the_loop_waits_for_what_does_not_leave_it_and_gets_its_error() -> None:
    under_test = Deliveries(cast("JobQueue", Queue()))
    done = []
    under_test.handle(message(1), lambda _: done.append("handled"))
    assert done == ["handled"]

    def fail(_: LeaveLoop) -> None:
        raise KeyError("nobody expects it")

    with pytest.raises(KeyError):
        under_test.handle(message(2), fail)


def test_an_error_after_leaving_the_loop_ends_this_delivery_alone() -> None:
    under_test = Deliveries(cast("JobQueue", Queue()))

    def fail(leave_loop: LeaveLoop) -> None:
        assert leave_loop()
        assert leave_loop()  # one slot, however often it is called
        raise KeyError("nobody expects it")

    for number in range(3 * DELIVERIES_MAX):
        under_test.handle(message(number), fail)
        eventually(lambda: not under_test.under_way)


def test_at_the_end_messages_whose_deliveries_hang_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "GRACE_SECONDS", 0.1)
    queue, quick, slow = Queue(), Receiver(), Receiver()
    under_test = Deliveries(cast("Any", queue))
    under_test.handle(message(1), quick.deliver)
    under_test.handle(message(2), slow.deliver)
    quick.answer()
    under_test.close()
    assert quick.ended == 1
    assert queue.returned == [("m2", 0)]
    slow.answer()


def test_a_signal_that_another_thread_receives_is_handled_while_the_loop_waits() -> None:
    """As one that comes just before the loop begins to wait: SIGTERM would be handled at the job's end."""
    handled, in_time = threading.Event(), []

    def handle(_: LeaveLoop) -> None:
        threading.Event().wait(0.5)  # the loop waits by then
        signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
        in_time.append(handled.wait(10))

    before = signal.signal(signal.SIGUSR1, lambda *_: handled.set())
    try:
        Deliveries(cast("JobQueue", None)).handle(message(1), handle)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert in_time == [True]
