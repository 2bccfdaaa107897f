"""Stopping in time: SIGTERM ends receiving, and a render goes on only if it will be done before ECS kills the task.

ECS sends SIGTERM at scale-in, on a deployment and on a Spot interruption, and SIGKILL after the task's `stopTimeout`
of at most 120 s (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html).
"""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType

GRACE_SECONDS = 100.0
"""Of the 120 s: what is left serves to upload, to tell the backend, and to delete the message."""

UNKNOWN_PROGRESS, UNKNOWN_SECONDS = 0.02, 3.0
"""Below this share of a render its end can't be predicted: it gets so many seconds to show more."""


class _StopReceiving(BaseException):  # no Exception: nothing on the way may swallow it
    """Leaves a long poll; see `Shutdown.interruptible`."""


class Shutdown:
    """Knows whether the worker is going down, and whether a render in progress should be given up for it."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._event = threading.Event()
        self._deadline = float("inf")
        self._requested_at = float("inf")
        self._interruptible = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT; a second one leaves no grace: see `request` and `interruptible`."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def request(self) -> None:
        """Go down; called again: at once."""
        now = time.monotonic()
        self._deadline = now if self.requested else now + self._grace_seconds
        self._requested_at = now
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the worker is going down: receive nothing more."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep, but not into a shutdown. Returns whether one was requested."""
        return self._event.wait(seconds)

    def should_give_up(self, started: float, progress: float) -> bool:
        """Whether work that began at `started` (monotonic seconds) and has come to `progress` (0..1) won't be done."""
        if not self.requested:
            return False
        now = time.monotonic()
        if progress < UNKNOWN_PROGRESS:
            return now > min(self._requested_at + UNKNOWN_SECONDS, self._deadline)
        return now + (now - started) * (1 - progress) / progress > self._deadline

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """A wait that a second signal may break off.

        A first one lets a long poll end by itself (20 s at most): SQS may be handing a message over just then, which
        nobody else would see for the length of a lease.
        """
        self._interruptible = True
        try:
            with contextlib.suppress(_StopReceiving):
                yield
        finally:
            self._interruptible = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        is_second = self.requested
        self.request()
        if is_second and self._interruptible:
            self._interruptible = False
            raise _StopReceiving
