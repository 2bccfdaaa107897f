"""Sends PROGRESSING webhooks: best effort, never retried, never after the final one."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from worker.consumer.task import Task
from worker.job import Webhook
from worker.job.webhook_events import progressing_payload, sequence_of
from worker.net.webhook import WebhookSender, event_id
from worker.telemetry.metrics import emit_metrics

INTERVAL_SECONDS = 2.0
"""Shortest time between two progress webhooks, in seconds (contract, section 3)."""

logger = logging.getLogger(__name__)


class ProgressReporter:
    """A context manager that reports a job's progress to its receiver; once it is left, no request is begun.

    One request at a time, on a thread of its own, for which nothing waits but the webhook of the job's end
    (`Task.last_progress`): a receiver that is slow gets fewer of them.

    Params:
        sender, url: the receiver (`url` None: the job has none).
        options: the job's wishes for its webhooks.
        task: the job.
        may_send: whether the job is still this worker's; asked just before each request.
    """

    def __init__(
        self, sender: WebhookSender, url: str | None, options: Webhook, task: Task, may_send: Callable[[], bool]
    ) -> None:
        self._sender = sender
        self._url = url if options.started or options.progress else None
        self._every_tenth = options.progress
        self._task = task
        self._may_send = may_send
        self._attempt = task.claim.attempt if task.claim else 0
        self._last_percent = -1
        self._last_sent = -INTERVAL_SECONDS
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True

    def report(self, fraction: float, now: Callable[[], float] = time.monotonic) -> None:
        """Report the rendered `fraction` (0..1) of the video if a webhook is due; 0 when rendering starts."""
        tenth = int(fraction * 10) * 10
        is_start = self._last_percent < 0
        is_next = self._every_tenth and self._last_percent < tenth < 100 and now() - self._last_sent >= INTERVAL_SECONDS
        if self._url is None or not (is_start or is_next):
            return
        last = self._task.last_progress
        if last is None or not last.is_alive():
            self._last_percent, self._last_sent = tenth, time.monotonic()
            thread = threading.Thread(target=self._send, args=(self._url, tenth), name="progress", daemon=True)
            self._task.last_progress = thread
            thread.start()

    def _send(self, url: str, percent: int) -> None:
        identity = self._task.identity
        sequence = sequence_of(self._attempt, percent)
        try:
            self._sender.deliver(
                url,
                event_id(identity.job_id, f"PROGRESSING {sequence}", self._task.fingerprint),
                progressing_payload(identity, percent, sequence),
                attempts=1,
                traceparent=self._task.span.traceparent,
                may_send=lambda: not self._is_closed and self._may_send(),
            )
        except Exception:  # best effort, like all of them
            logger.exception("The progress could not be reported.")
            emit_metrics({"UnexpectedErrors": 1})
