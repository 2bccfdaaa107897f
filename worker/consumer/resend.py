"""Handles a request to notify the receiver of a job that ended without one."""

import logging
from dataclasses import dataclass

from worker.aws.ledger import Ledger, WebhookState
from worker.aws.queue import Message
from worker.consumer.deliveries import LeaveLoop
from worker.consumer.notify import Notifier
from worker.consumer.task import Task
from worker.job import JobIdentity, MessageBody, ResendRequest
from worker.telemetry.logs import log_context

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resender:
    """Delivers recorded ends to `WEBHOOK_URL`, with the id and the payload that the webhook has had from the start."""

    ledger: Ledger
    notifier: Notifier

    def resend(self, request: ResendRequest, message: Message, body: MessageBody, leave_loop: LeaveLoop) -> None:
        """Deliver the end of the job, unless its receiver has been notified: a repeated request does no harm.

        Raises `RetryLaterError` where the delivery may succeed later, and botocore's errors.
        """
        with log_context(job_id=request.job_id, receive=message.receives):
            end = self.ledger.recorded_end(request.job_id)
            if end is None or end.webhook_state is not WebhookState.NOT_NOTIFIED:
                state = str(end.webhook_state) if end else None
                logger.info("There is no end to notify: the request was dropped.", extra={"webhook": state})
                return
            identity = JobIdentity(end.job_id, end.payload.get("video_id", ""), end.payload.get("property_id", ""))
            task = Task(message, body, identity, is_last_try=False, fingerprint=end.fingerprint, leave_loop=leave_loop)
            if self.notifier.url_for(task) is None:
                logger.warning("The end can't be notified: WEBHOOK_URL is not set.")
            self.notifier.renotify(task, end)
