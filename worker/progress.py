"""PROGRESSING webhooks: best effort, never retried, never later than the final one."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from worker.job import Webhook
from worker.result import progressing
from worker.task import Task
from worker.webhook import WebhookSender, event_id

INTERVAL_SECONDS = 2.0
"""At most one in this time (contract, section 3)."""


class ProgressReporter:
    """A context manager that tells the backend how far a job is; once it is left, nothing more goes out."""

    def __init__(self, sender: WebhookSender, url: str | None, wanted: Webhook, task: Task) -> None:
        self._sender = sender
        self._url = url if wanted.started or wanted.progress else None
        self._every_tenth = wanted.progress
        self._task = task
        self._told = -1
        self._told_at = -INTERVAL_SECONDS
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="progress")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def reached(self, fraction: float, now: Callable[[], float] = time.monotonic) -> None:
        """Rendering has come to `fraction` (0..1) of the video; 0 when it starts."""
        tenth = int(fraction * 10) * 10
        is_start = self._told < 0
        is_next = self._every_tenth and self._told < tenth < 100 and now() - self._told_at >= INTERVAL_SECONDS
        if is_start or is_next:
            self._tell(tenth)

    def _tell(self, percent: int) -> None:
        if self._url is None:
            return
        self._told, self._told_at = percent, time.monotonic()
        addressee = self._task.addressee
        identity = event_id(addressee.job_id, f"PROGRESSING {percent}", self._task.digest)
        self._thread.submit(
            self._sender.deliver,
            self._url,
            identity,
            progressing(addressee, percent),
            attempts=1,
            trace=self._task.span.trace,
        )
