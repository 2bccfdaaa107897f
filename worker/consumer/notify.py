"""Records the end of a job in the ledger, then notifies the receiver by webhook.

A crash between the two leaves a webhook to send, never a video to make again.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.aws.ledger import Claim, Finished, Ledger, Status, WebhookState
from worker.aws.usage import NOTHING, Made
from worker.consumer.task import Task
from worker.consumer.timing import Timing
from worker.consumer.try_usage import TryCounter
from worker.errors import RetryLaterError
from worker.job import ErrorCode, JobWarning, PermanentError, WarningCode, default_key, is_backend_dialect
from worker.job.webhook_events import failed_payload, sequence_of
from worker.net.webhook import ATTEMPTS, Delivery, Outcome, WebhookSender, event_id
from worker.telemetry.metrics import emit_metrics

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Notifier:
    """Records ends in the ledger and delivers their webhooks; `webhook_url` is for jobs that name none."""

    ledger: Ledger
    sender: WebhookSender
    webhook_url: str | None
    timing: Timing
    tries: TryCounter

    def url_for(self, task: Task) -> str | None:
        """The URL of a job's webhooks: its own where that is allowed, else `webhook_url`; None: it has no receiver, or
        wants no webhook."""
        if not task.identity.wants_webhook:
            return None
        own = task.identity.webhook_url
        return self.webhook_url if own is None or self._refusal(task) else own

    def warnings_for(self, task: Task) -> list[JobWarning]:
        """The warning that a job's own webhook URL is not used, if so."""
        refusal = self._refusal(task)
        pointer = "/webhook_url" if is_backend_dialect(task.body) else "/webhook/url"
        return [JobWarning(WarningCode.WEBHOOK_URL, pointer, f"WEBHOOK_URL was used. {refusal}")] if refusal else []

    def _refusal(self, task: Task) -> str | None:
        """Why a job's own URL is replaced by `webhook_url`; None where it is not."""
        own = task.identity.webhook_url
        return self.sender.refusal(own) if own is not None and self.webhook_url else None

    def _would_falsify(self, task: Task, payload: Mapping[str, Any]) -> bool:
        """Whether the event would replace what the backend knows of a newer video: it keeps one row per video, and no
        order. A superseded job's COMPLETE describes the newer video itself."""
        describes_newer = any(each["code"] == WarningCode.SUPERSEDED for each in payload.get("warnings", ()))
        key = default_key(task.identity.property_id, task.identity.video_id)
        return (
            is_backend_dialect(task.body)
            and not describes_newer
            and self.ledger.is_superseded(task.identity.job_id, key)
        )

    def record_end(
        self,
        task: Task,
        claim: Claim,
        status: Status,
        payload: Mapping[str, Any],
        outputs: Mapping[str, str],
        *,
        made: Made = NOTHING,
    ) -> None:
        """Record a job's end, with the payload that the webhook will carry, and count the try.

        Raises `LeaseLostError`.
        """
        with self.tries.counting(task, made):
            self.ledger.finish(claim, status, payload, WebhookState.PENDING, outputs, stages=task.clock.seconds)
            task.claim = None

    def fail(self, task: Task, claim: Claim, error: PermanentError, *, attempts: int = ATTEMPTS) -> None:
        """Record that a job makes no video, and notify.

        Raises `JobCancelledError` where an operator has cancelled it and `error` is another, `LeaseLostError` and
        `RetryLaterError`.
        """
        payload = failed_payload(task.identity, error, seconds=task.clock.total, sequence=sequence_of(claim.attempt))
        is_cancelled = error.code is ErrorCode.JOB_CANCELLED
        self.record_end(task, claim, Status.CANCELLED if is_cancelled else Status.ERROR, payload, {})
        if is_cancelled:
            emit_metrics({"JobsCancelled": 1})
            task.span.set_outcome("cancelled")
        else:
            emit_metrics({"JobsCompleted": 0, "JobsFailed": 1}, error_code=str(error.code))
            task.span.set_outcome("failed", str(error.code))
        self.notify(task, payload, attempts=attempts)

    def renotify(self, task: Task, job: Finished) -> None:
        """Deliver the webhook of a job that was finished before, if it is pending, or had no receiver and has one now.
        Raises `RetryLaterError`."""
        has_receiver_now = job.webhook_state is WebhookState.NOT_NOTIFIED and self.url_for(task) is not None
        if job.webhook_state is WebhookState.PENDING or has_receiver_now:
            self.notify(task, job.payload)

    def notify(self, task: Task, payload: Mapping[str, Any], *, attempts: int = ATTEMPTS) -> None:
        """Leave the loop, deliver a final webhook, by `attempts` requests at most, and record its outcome.

        Raises `RetryLaterError` where it may succeed later.
        """
        if not task.identity.wants_webhook:
            self._record_state(task, payload, WebhookState.OFF)
            return
        if not task.leave_loop():
            logger.warning("Too many deliveries are under way; the message stays in the queue for this one.")
            raise RetryLaterError(self.timing.backoff(task.message.receives))
        url = self.url_for(task)
        if url is None:
            self._record_not_notified(task, payload)
            return
        if self._would_falsify(task, payload):
            logger.warning("The receiver is not notified: a job that was sent later has published this video.")
            self._record_state(task, payload, WebhookState.SUPERSEDED)
            return
        if refusal := self._refusal(task):
            logger.warning("WEBHOOK_URL is used in place of the job's own URL.", extra={"reason": refusal})
        event = f"{payload['status']} {payload.get('sequence', '')}".strip()
        message_id = event_id(task.identity.job_id, event, task.fingerprint)
        with task.clock.stage("notify"):
            if task.last_progress is not None:
                task.last_progress.join()
            delivery = self.sender.deliver(
                url, message_id, payload, attempts=attempts, traceparent=task.span.traceparent
            )
        failures = int(delivery.outcome is not Outcome.DELIVERED)
        task.span.set_attributes(
            {"hospup.webhook.outcome": delivery.outcome.value, "hospup.webhook.attempts": delivery.attempts}
        )
        emit_metrics(
            {
                "NotifySeconds": round(task.clock.seconds["notify"], 3),
                "WebhookAttempts": delivery.attempts,
                "WebhookFailures": failures,
            }
        )
        if delivery.outcome is Outcome.FAILED:
            logger.warning("The webhook was not delivered; the message stays in the queue for it.")
            if not _is_of_another_job(payload):
                self.ledger.note_webhook_failure(task.identity.job_id, delivery.answer, delivery.attempts)
            raise RetryLaterError(max(delivery.retry_after, self.timing.backoff(task.message.receives)))
        if delivery.outcome is Outcome.DELIVERED:
            logger.info("The webhook was delivered.", extra={"answer": delivery.answer, "attempts": delivery.attempts})
            self._record_state(task, payload, WebhookState.DELIVERED, delivery)
        else:
            self._record_state(task, payload, WebhookState.REFUSED, delivery)

    def _record_not_notified(self, task: Task, payload: Mapping[str, Any]) -> None:
        """Record, log and count an end that has no receiver: an operator can have it delivered later."""
        self._record_state(task, payload, WebhookState.NOT_NOTIFIED)
        logger.warning("The job has ended, and has no receiver: it names no webhook_url, and WEBHOOK_URL is not set.")
        emit_metrics({"EndsNotNotified": 1})

    def _record_state(
        self, task: Task, payload: Mapping[str, Any], state: WebhookState, delivery: Delivery | None = None
    ) -> None:
        if not _is_of_another_job(payload):
            answer, attempts = (delivery.answer, delivery.attempts) if delivery else ("", 0)
            self.ledger.record_webhook_state(task.identity.job_id, state, answer, attempts)


def cancellation() -> PermanentError:
    """The end of a job that an operator has cancelled."""
    return PermanentError(ErrorCode.JOB_CANCELLED, "The job was cancelled by an operator.")


def _is_of_another_job(payload: Mapping[str, Any]) -> bool:
    """Whether the ledger's entry belongs to the job that used the id first."""
    return payload.get("error_code") == ErrorCode.JOB_ID_REUSED
