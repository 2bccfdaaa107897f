"""Keeps deliveries of webhooks off the worker's loop: a receiver that doesn't answer costs its own job's delivery only.

Each message is handled on a thread of its own, for which the loop waits. Once the job's end is recorded and only its
delivery remains, the thread leaves the loop, and the loop receives the next message. The thread still holds the lease
on its message, and acknowledges or returns it.
"""

import logging
import threading
import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.queue import JobQueue, Message

DELIVERIES_MAX = 4
"""Most deliveries of one worker at a time. Beyond that a message returns to the queue, which is the retry."""

GRACE_SECONDS = 2.0
"""Longest wait for deliveries under way at the worker's end, in seconds. Another worker repeats those that are cut off,
with the same `webhook-id`."""

POLL_SECONDS = 2
"""Longest wait for a message while a delivery is under way, in seconds: with `GRACE_SECONDS`, SIGTERM then ends the
worker within 5 s, although a long poll isn't interrupted."""

SIGNAL_SECONDS = 0.5
"""Longest time in seconds until a signal is handled while the loop waits for a job. Python handles signals on the main
thread: one that comes just before that thread begins to wait does not wake it.
https://docs.python.org/3/library/signal.html#execution-of-python-signal-handlers"""

LeaveLoop = Callable[[], bool]
"""Lets the loop receive the next message. Returns False where `DELIVERIES_MAX` are under way: the caller has to return
its message."""

logger = logging.getLogger(__name__)


class Deliveries:
    """The threads that handle one worker's messages: one that the loop waits for, and those that have left it."""

    def __init__(self, queue: JobQueue) -> None:
        self._queue = queue
        self._slots = threading.BoundedSemaphore(DELIVERIES_MAX)
        self._left: list[_Handling] = []

    def handle(self, message: Message, handle: Callable[[LeaveLoop], None]) -> None:
        """Call `handle`, and wait until it returns or leaves the loop. Raises what it raises before it has left."""
        handling = _Handling(message, handle, self._slots)
        handling.start()
        handling.wait()
        self._left = [each for each in (*self._left, handling) if each.is_alive()]

    @property
    def under_way(self) -> bool:
        """Whether a thread has left the loop and is still alive."""
        return any(handling.is_alive() for handling in self._left)

    def close(self) -> None:
        """Wait for `GRACE_SECONDS`, then return the messages whose deliveries are still under way. Raises nothing."""
        deadline = time.monotonic() + GRACE_SECONDS
        for handling in self._left:
            handling.join(max(deadline - time.monotonic(), 0))
        for handling in self._left:
            if handling.is_alive():
                logger.info("A delivery was left to another worker.", extra={"message_id": handling.message.message_id})
                try:
                    self._queue.return_message(handling.message, 0)
                except (BotoCoreError, ClientError) as error:
                    logger.warning("A message was not returned.", extra={"reason": str(error)})


class _Handling(threading.Thread):
    """Handles one message. A daemon: a POST that hangs does not keep the process alive."""

    def __init__(
        self, message: Message, handle: Callable[[LeaveLoop], None], slots: threading.BoundedSemaphore
    ) -> None:
        super().__init__(name="message", daemon=True)
        self.message = message
        self._call = handle  # not `_handle`, which is a name of Thread's own since Python 3.13
        self._slots = slots
        self._loop_is_free = threading.Event()
        self._has_left = False
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            self._call(self._leave)
        except BaseException as error:  # noqa: BLE001  the loop raises it
            self._error = error
            if self._has_left:
                extra = {"reason": str(error), "message_id": self.message.message_id}
                logger.warning("A message was not returned: it is received again when its lease expires.", extra=extra)
        finally:
            if self._has_left:
                self._slots.release()
            self._loop_is_free.set()

    def _leave(self) -> bool:
        if not self._has_left:
            self._has_left = self._slots.acquire(blocking=False)
        if self._has_left:
            self._loop_is_free.set()
        return self._has_left

    def wait(self) -> None:
        """Wait until the loop may go on."""
        while not self._loop_is_free.wait(SIGNAL_SECONDS):
            pass
        if not self._has_left:
            self.join()
            if self._error is not None:
                raise self._error
