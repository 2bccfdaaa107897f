"""Notifies receivers of jobs whose message is in the dead-letter queue and whose end was not notified.

SQS moves a message there when it was received too often. The worker at the last try normally reports the failure; if
that worker was killed, nothing did. Without this sweep such a job stays "rendering" for ever and its hotel waits.
Messages are only read: they stay for the operator, who can redrive them.

A dead letter whose job the ledger doesn't know is left alone: another system may have finished its job, such as the old
stack before a migration, and an error would turn a finished video into a failed one.
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.ledger import Claim, Ledger, WebhookState
from worker.aws.queue import JobQueue, Message
from worker.consumer.notify import Notifier, cancellation
from worker.consumer.shutdown import Shutdown
from worker.consumer.task import Task
from worker.consumer.timing import Timing
from worker.errors import (
    BusyError,
    CancelledError,
    JobCancelledError,
    LeaseLostError,
    RetryLaterError,
    ReusedIdError,
    UnknownJobError,
)
from worker.job import ErrorCode, MessageBody, PermanentError, peek_identity
from worker.media.publish import Publisher
from worker.telemetry.logs import log_context
from worker.telemetry.metrics import emit_metrics
from worker.telemetry.spans import JobSpan
from worker.telemetry.trace_context import TraceContext

logger = logging.getLogger(__name__)


@dataclass
class Sweeper:
    """Inspects the dead-letter queue every `timing.sweep_interval_seconds`, on a thread of its own.

    So a receiver that doesn't answer holds up no job, and not the worker's end either: one delivery at a time, of one
    request each.
    """

    queue: JobQueue
    ledger: Ledger
    publisher: Publisher
    notifier: Notifier
    timing: Timing
    _unknown: int = 0
    """Number of dead letters at the last inspection whose jobs the ledger didn't know."""

    @contextlib.contextmanager
    def running(self, shutdown: Shutdown) -> Iterator[None]:
        """A context in which the queue is inspected until `shutdown`. It doesn't wait for an inspection's end: what is
        cut off is repeated by another worker."""
        threading.Thread(target=self._run, args=(shutdown,), name="sweeper", daemon=True).start()
        yield

    def _run(self, shutdown: Shutdown) -> None:
        while not shutdown.wait(self.timing.sweep_interval_seconds):
            try:
                self.sweep()
            except (BotoCoreError, ClientError) as error:
                logger.warning("The dead-letter queue could not be read.", extra={"reason": str(error)})
            except Exception:  # the next inspection may succeed
                logger.exception("The dead-letter queue could not be inspected.")
                emit_metrics({"UnexpectedErrors": 1})

    def sweep(self) -> None:
        """Inspect the queue once. Raises botocore's errors where AWS can't be reached."""
        unknown = 0
        for message in self.queue.peek_dead_letters():
            try:
                self._inspect(message)
            except UnknownJobError:
                unknown += 1
            except (BotoCoreError, ClientError):
                raise
            except Exception:  # one dead letter may not hide the others
                logger.exception("A dead letter could not be inspected.", extra={"message_id": message.message_id})
                emit_metrics({"UnexpectedErrors": 1})
        if unknown > self._unknown:  # once, rather than at each inspection
            logger.warning(
                "Dead letters of jobs that the ledger doesn't know were left alone: an operator can redrive "
                "or delete them.",
                extra={"messages": unknown},
            )
        self._unknown = unknown

    def _inspect(self, message: Message) -> None:
        body = MessageBody(message.body)
        identity = peek_identity(body, message.attributes)
        if identity is None:
            return
        span = JobSpan(TraceContext.parse(message.attributes.get("traceparent")))
        task = Task(message, body, identity, is_last_try=True, span=span)
        with (
            log_context(job_id=identity.job_id, video_id=identity.video_id),
            contextlib.suppress(
                BusyError, ReusedIdError, LeaseLostError, RetryLaterError, CancelledError, JobCancelledError
            ),
        ):
            finished = self.ledger.find_finished(identity.job_id, task.fingerprint)
            if finished is None:
                self._report_failure(task)
            elif finished.webhook_state is WebhookState.PENDING and self.ledger.acquire_redelivery(
                identity.job_id, self.timing.redelivery_interval_seconds
            ):
                self.notifier.notify(task, finished.payload, attempts=1)

    def _report_failure(self, task: Task) -> None:
        message = task.message
        claim = self.ledger.claim(
            task.identity,
            task.fingerprint,
            message.message_id,
            message.receives,
            message.sent_at,
            only_unfinished=True,
        )
        if isinstance(claim, Claim):
            logger.warning("The job ended in the dead-letter queue, and its receiver had not been notified.")
            reason = "The video could not be made: its last try was cut off; it can be sent again later."
            error = cancellation() if claim.is_cancelled else PermanentError(ErrorCode.RENDER_FAILED, reason)
            self.publisher.delete_intermediates(claim.job_id, claim.attempt)
            self.notifier.fail(task, claim, error, attempts=1)
