"""Handles a request to notify the receiver of a job that has ended: for the first time, or again."""

import logging
from dataclasses import dataclass

from worker.aws.ledger import Finished, Ledger, WebhookState
from worker.aws.queue import Message
from worker.consumer.deliveries import LeaveLoop
from worker.consumer.notify import Notifier
from worker.consumer.task import Task
from worker.job import JobIdentity, MessageBody, ResendRequest, read_webhook_url
from worker.telemetry.logs import log_context

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resender:
    """Delivers recorded ends to the job's receiver, with the id and the payload that the webhook had from the start.

    The receiver is the one that the job names, where the ledger keeps its message, else `WEBHOOK_URL`.
    """

    ledger: Ledger
    notifier: Notifier

    def resend(self, request: ResendRequest, message: Message, body: MessageBody, leave_loop: LeaveLoop) -> None:
        """Deliver the end of the job, unless its receiver has been notified and the request doesn't want that again.

        A repeated request does no harm: a receiver knows the event by its id. Raises `RetryLaterError` where the
        delivery may succeed later, and botocore's errors.
        """
        with log_context(job_id=request.job_id, receive=message.receives):
            end = self.ledger.recorded_end(request.job_id)
            if end is None or not _is_wanted(request, end):
                state = str(end.webhook_state) if end else None
                logger.info("There is no end to notify: the request was dropped.", extra={"webhook": state})
                return
            job = end.message or body
            identity = JobIdentity(
                end.job_id,
                end.payload.get("video_id", ""),
                end.payload.get("property_id", ""),
                read_webhook_url(job.value),
            )
            task = Task(message, job, identity, is_last_try=False, fingerprint=end.fingerprint, leave_loop=leave_loop)
            if self.notifier.url_for(task) is None:
                logger.warning("The end can't be notified: WEBHOOK_URL is not set.")
                return
            self.notifier.notify(task, end.payload)


def _is_wanted(request: ResendRequest, end: Finished) -> bool:
    """Whether an end is to be delivered.

    Again only where the message is kept: without it, the receiver that the job named isn't known.
    """
    if end.webhook_state is WebhookState.NOT_NOTIFIED:
        return True
    is_unwanted = end.webhook_state in {WebhookState.OFF, WebhookState.SUPERSEDED}
    return request.again and not is_unwanted and end.message is not None
