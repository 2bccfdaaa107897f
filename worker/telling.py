"""How a job's end is recorded and told: first the one, then the other.

A crash between the two leaves a webhook to send, never a video to make again.
"""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.job import Addressee, ErrorCode, PermanentError
from worker.ledger import Claim, Finished, Ledger, Status, WebhookState
from worker.pace import Pace
from worker.result import failed
from worker.task import LeaveInQueueError, Task
from worker.telemetry import emit_metrics
from worker.webhook import Outcome, WebhookSender, event_id

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Teller:
    """Records ends in the ledger and delivers them; `webhook_url` is for jobs that name none."""

    ledger: Ledger
    sender: WebhookSender
    webhook_url: str | None
    pace: Pace

    def url_for(self, addressee: Addressee) -> str | None:
        """Where a job's webhooks go; None: nobody is told."""
        return addressee.webhook_url or self.webhook_url

    def record(
        self, task: Task, claim: Claim, status: Status, payload: Mapping[str, Any], outputs: Mapping[str, str]
    ) -> None:
        """Record a job's end, with the very payload that will be told. Raises `LeaseLostError`."""
        state = WebhookState.PENDING if self.url_for(task.addressee) else WebhookState.NONE
        self.ledger.finish(claim, status, payload, state, outputs)
        task.claim = None

    def fail(self, task: Task, claim: Claim, error: PermanentError) -> None:
        """Record that a job makes no video, and tell. Raises `LeaseLostError` and `LeaveInQueueError`."""
        payload = failed(task.addressee, error, seconds=task.clock.total)
        self.record(task, claim, Status.ERROR, payload, {})
        emit_metrics({"JobsFailed": 1}, error_code=str(error.code))
        task.span.end_as("failed", str(error.code))
        self.tell(task, payload)

    def tell_again(self, task: Task, job: Finished) -> None:
        """A job that was finished before: what may be left is its webhook. Raises `LeaveInQueueError`."""
        if job.webhook_state is WebhookState.PENDING:
            self.tell(task, job.payload)

    def tell(self, task: Task, payload: Mapping[str, Any]) -> None:
        """Deliver a final webhook and note how that went. Raises `LeaveInQueueError` where it may succeed later."""
        url = self.url_for(task.addressee)
        if url is None:
            return
        identity = event_id(task.addressee.job_id, payload["status"], task.digest)
        with task.clock.stage("notify"):
            delivery = self.sender.deliver(url, identity, payload, trace=task.span.trace)
        failures = int(delivery.outcome is not Outcome.DELIVERED)
        task.span.note({"hospup.webhook.outcome": delivery.outcome.value, "hospup.webhook.attempts": delivery.attempts})
        emit_metrics(
            {
                "NotifySeconds": round(task.clock.seconds["notify"], 3),
                "WebhookAttempts": delivery.attempts,
                "WebhookFailures": failures,
            }
        )
        if delivery.outcome is Outcome.FAILED:
            logger.warning("The webhook was not delivered; the message stays in the queue for it.")
            raise LeaveInQueueError(max(delivery.retry_after, self.back_off(task)))
        if payload.get("error_code") != ErrorCode.JOB_ID_REUSED:
            delivered = delivery.outcome is Outcome.DELIVERED
            state = WebhookState.DELIVERED if delivered else WebhookState.REFUSED
            self.ledger.note_webhook(task.addressee.job_id, state)

    def back_off(self, task: Task) -> float:
        """Seconds until a task is tried again."""
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  no secret
        return float(self.pace.back_off_seconds * 4 ** (task.message.receives - 1) * jitter)
