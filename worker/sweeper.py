"""Looks into the dead-letter queue for jobs that ended there untold, and tells their end.

SQS moves a message there when it was received too often. As a rule the worker at the last try has said so; but if that
worker was killed, nobody has. Without this, such a job stays "rendering" for ever and its hotel waits. Messages are
only read: they stay for the operator, who can send them again.
"""

import logging
import time

from worker.handler import JobHandler
from worker.queue import JobQueue

logger = logging.getLogger(__name__)


class Sweeper:
    """One look every `interval` seconds, by whichever worker has nothing better to do just then."""

    def __init__(self, queue: JobQueue, handler: JobHandler, interval: float) -> None:
        self._queue = queue
        self._handler = handler
        self._interval = interval
        self._next = time.monotonic() + interval

    def sweep(self) -> None:
        """Take one look if it is time. Raises botocore's errors where AWS can't be reached."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._interval
        for message in self._queue.peek_dead_letters():
            self._handler.tell_abandoned(message)
