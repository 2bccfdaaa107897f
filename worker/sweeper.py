"""Looks into the dead-letter queue for jobs that ended there untold, and tells their end.

SQS moves a message there when it was received too often. As a rule the worker at the last try has said so; but if that
worker was killed, nobody has. Without this, such a job stays "rendering" for ever and its hotel waits. Messages are
only read: they stay for the operator, who can send them again.
"""

import contextlib
import logging
import time
from dataclasses import dataclass, field

from worker.job import ErrorCode, PermanentError, guess_addressee
from worker.ledger import BusyError, Claim, LeaseLostError, Ledger, ReusedIdError, WebhookState, fingerprint
from worker.pace import Pace
from worker.queue import JobQueue, Message
from worker.spans import JobSpan
from worker.store import Publisher
from worker.task import LeaveInQueueError, Task
from worker.telemetry import log_context
from worker.telling import Teller
from worker.trace import Trace

logger = logging.getLogger(__name__)


@dataclass
class Sweeper:
    """One look every `pace.sweep_seconds`, by whichever worker has nothing better to do just then."""

    queue: JobQueue
    ledger: Ledger
    publisher: Publisher
    teller: Teller
    pace: Pace
    _last: float = field(default_factory=time.monotonic)

    def sweep(self) -> None:
        """Take one look if it is time. Raises botocore's errors where AWS can't be reached."""
        if time.monotonic() - self._last < self.pace.sweep_seconds:
            return
        self._last = time.monotonic()
        for message in self.queue.peek_dead_letters():
            self._look_at(message)

    def _look_at(self, message: Message) -> None:
        addressee = guess_addressee(message.body, message.attributes)
        if addressee is None:
            return
        span = JobSpan(Trace.parse(message.attributes.get("traceparent")))
        task = Task(message, is_last_try=True, digest=fingerprint(message.body), addressee=addressee, span=span)
        with (
            log_context(job_id=addressee.job_id, video_id=addressee.video_id),
            contextlib.suppress(BusyError, ReusedIdError, LeaseLostError, LeaveInQueueError),
        ):
            finished = self.ledger.find_finished(addressee.job_id, task.digest)
            if finished is None:
                self._end(task)
            elif finished.webhook_state is WebhookState.PENDING and self.ledger.may_retell(
                addressee.job_id, self.pace.retell_seconds
            ):
                self.teller.tell(task, finished.payload)

    def _end(self, task: Task) -> None:
        claim = self.ledger.claim(task.addressee, task.digest, task.message.message_id, task.message.receives)
        if isinstance(claim, Claim):
            logger.warning("The job ended in the dead-letter queue, and nobody had been told.")
            message = "The video could not be made: its last try was cut off; it can be sent again later."
            self.publisher.tidy(claim.job_id, claim.attempt)
            self.teller.fail(task, claim, PermanentError(ErrorCode.RENDER_FAILED, message))
