"""Graceful shutdown: SIGTERM ends receiving, and a render goes on only if it will end before ECS kills the task.

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
"""Longest render after SIGTERM, in seconds. The rest of the 120 s is for the upload, the webhook, and the message's
deletion."""

UNKNOWN_PROGRESS, UNKNOWN_SECONDS = 0.02, 3.0
"""Below this fraction of a render its end can't be predicted; it gets this many seconds to pass it."""

LATE_SECONDS = 15.0
"""The same for a job that was received after SIGTERM, in seconds from its start: its sources must be fetched first."""


class _StopReceiving(BaseException):  # not an Exception: no handler in between may swallow it
    """Ends a long poll; see `Shutdown.interruptible`."""


class Shutdown:
    """Whether the worker is shutting down, and whether a render in progress should be given up for that."""

    def __init__(self, grace_seconds: float = GRACE_SECONDS) -> None:
        self._grace_seconds = grace_seconds
        self._event = threading.Event()
        self._deadline = float("inf")
        self._requested_at = float("inf")
        self._interruptible = False

    def install_signal_handlers(self) -> None:
        """Handle SIGTERM and SIGINT; a second signal leaves no grace: see `request` and `interruptible`."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def request(self) -> None:
        """Shut down; a second request leaves no grace."""
        now = time.monotonic()
        self._deadline = now if self.requested else now + self._grace_seconds
        self._requested_at = now
        self._event.set()

    @property
    def requested(self) -> bool:
        """Whether the worker is shutting down and must receive nothing more."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleep until `seconds` have passed or a shutdown is requested. Returns whether one was requested."""
        return self._event.wait(seconds)

    def should_give_up(self, started: float, progress: float) -> bool:
        """Whether a shutdown is requested and work won't end in time.

        `started` is its start in monotonic seconds, `progress` its done fraction, 0..1.
        """
        if not self.requested:
            return False
        now = time.monotonic()
        if progress < UNKNOWN_PROGRESS:
            is_late = started > self._requested_at
            judged_at = started + LATE_SECONDS if is_late else self._requested_at + UNKNOWN_SECONDS
            return now > min(judged_at, self._deadline)
        return now + (now - started) * (1 - progress) / progress > self._deadline

    @contextlib.contextmanager
    def interruptible(self) -> Iterator[None]:
        """A wait that a second signal interrupts.

        The first signal lets a long poll end by itself (20 s at most): SQS may be delivering a message at that moment,
        which no other worker would then receive for the length of a lease. Each further signal interrupts too: Python
        drops what a handler raises during a finalizer.
        """
        try:
            with contextlib.suppress(_StopReceiving):
                self._interruptible = True
                try:
                    yield
                finally:
                    self._interruptible = False
        finally:
            self._interruptible = False

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        is_second = self.requested
        self.request()
        if is_second and self._interruptible:
            raise _StopReceiving
