"""One message, brought to its end: claim, make, record, tell.

Returns when the message may be acknowledged; raises `LeaveInQueueError` when it must be seen again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from worker.cancelled import CancelledError
from worker.deadline import Deadline
from worker.fetch import Fetcher
from worker.job import ErrorCode, Job, PermanentError, addressee_of, guess_addressee, limits, parse_message
from worker.lease import Lease
from worker.ledger import (
    BusyError,
    Claim,
    Finished,
    LeaseLostError,
    Ledger,
    ReusedIdError,
    Status,
    fingerprint,
)
from worker.pace import Pace
from worker.pipeline import make
from worker.progress import ProgressReporter
from worker.queue import Message
from worker.report import report
from worker.result import complete, failed
from worker.shutdown import Shutdown
from worker.spans import Spans
from worker.store import Publisher
from worker.task import LeaveInQueueError, Task, UnreadableError
from worker.telemetry import emit_metrics, log_context
from worker.telling import Teller

logger = logging.getLogger(__name__)


class OverdueError(Exception):
    """The job has used up the time that one of its length may take."""


@dataclass(frozen=True)
class JobHandler:
    """What handling needs."""

    ledger: Ledger
    fetcher: Fetcher
    publisher: Publisher
    teller: Teller
    shutdown: Shutdown
    pace: Pace
    spans: Spans

    def handle(
        self, message: Message, *, is_last_try: bool, hold: Callable[[Message, Callable[[], None]], Lease]
    ) -> None:
        """Bring a message to its end. `hold` gives the lease on it, which is kept all the while.

        Raises `LeaveInQueueError`, `UnreadableError`, `LeaseLostError` where the job is another worker's now, and
        botocore's errors where AWS can't be reached.
        """
        addressee = guess_addressee(message.body, message.attributes)
        if addressee is None:
            raise UnreadableError("not JSON, or without a usable job_id")
        with self.spans.job(message) as span:
            task = Task(message, is_last_try, fingerprint(message.body), addressee, span)
            with log_context(**_identity(task)), hold(message, lambda: self._renew(task)) as lease:
                self._claim_and_process(task, lease)

    def _claim_and_process(self, task: Task, lease: Lease) -> None:
        with task.clock.stage("claim"):
            standing = self._claim(task)
        if isinstance(standing, Finished):
            logger.info("The job was finished before.", extra={"webhook": str(standing.webhook_state)})
            self._suppress(task)
            self.teller.tell_again(task, standing)
        elif standing is not None:
            task.claim = standing
            task.span.note({"hospup.job.attempt": standing.attempt})
            with log_context(attempt=standing.attempt):
                self._process(task, standing, lease)

    def _claim(self, task: Task) -> Claim | Finished | None:
        """The claim on a job, or its recorded end; None where the message is of no further use."""
        try:
            return self.ledger.claim(task.addressee, task.digest, task.message.message_id, task.message.receives)
        except BusyError as busy:
            if not busy.is_duplicate:
                raise LeaveInQueueError(self.pace.lease_seconds) from busy
            logger.info("Another worker is at this job, by another message: this one is not needed.")
            self._suppress(task)
            return None
        except ReusedIdError:
            message = "This job_id was used before with another message: send it under a new one."
            error = PermanentError(ErrorCode.JOB_ID_REUSED, message, "/job_id")
            logger.warning(message)
            task.span.end_as("failed", str(error.code))
            self.teller.tell(task, failed(task.addressee, error, seconds=task.clock.total))
            return None

    @staticmethod
    def _suppress(task: Task) -> None:
        emit_metrics({"DuplicatesSuppressed": 1})
        task.span.end_as("duplicate")

    def _process(self, task: Task, claim: Claim, lease: Lease) -> None:
        try:
            self._make(task, claim, lease)
        except PermanentError as error:
            logger.warning(error.message, extra={"error_code": str(error.code), "error_pointer": error.pointer})
            self.teller.fail(task, claim, error)
        except CancelledError:
            if lease.lost:
                raise LeaseLostError("the lease was lost while the job ran") from None
            if not self.shutdown.requested:
                self._try_again(task, claim, OverdueError("the job took too long"))
            task.claim = None
            self.ledger.release(claim)
            emit_metrics({"HandedBack": 1})
            task.span.end_as("handed_back")
            logger.info("The job was handed back: the worker is going down.")
            raise LeaveInQueueError(0) from None
        except (LeaseLostError, LeaveInQueueError):
            raise
        except Exception as error:  # whatever a job causes must not stop the worker
            logger.exception("The job failed for now.")
            self._try_again(task, claim, error)

    def _make(self, task: Task, claim: Claim, lease: Lease) -> None:
        """Make the video while the lease holds, record it, and tell."""
        parsed = parse_message(task.message.body, task.message.attributes)
        job = parsed.job
        task.addressee = addressee_of(job)
        logger.info("Job started.", extra={"waited": round(task.message.waited_seconds, 3)})
        if parsed.ignored:
            logger.debug("Unknown fields were ignored.", extra={"fields": list(parsed.ignored)})

        deadline = Deadline(_length(job))

        def cancelled() -> bool:
            give_up = self.shutdown.should_give_up(task.clock.started, task.fraction)
            return lease.lost or give_up or deadline.is_over()

        def still_ours() -> None:
            self.ledger.renew(claim, "publishing", 100)
            if lease.lost:
                raise LeaseLostError("the lease was lost while the video was published")

        url = self.teller.url_for(task.addressee)
        with ProgressReporter(self.teller.sender, url, job.webhook, task) as reporter:

            def on_progress(fraction: float) -> None:
                task.fraction = fraction
                deadline.progressed(fraction)
                reporter.reached(fraction)

            made = make(
                job,
                attempt=claim.attempt,
                still_ours=still_ours,
                fetcher=self.fetcher,
                publisher=self.publisher,
                clock=task.clock,
                on_progress=on_progress,
                cancelled=cancelled,
            )
        payload = complete(
            job,
            task.addressee,
            file_url=self.publisher.url(made.keys.video),
            thumbnail_url=self.publisher.url(made.keys.thumbnail),
            duration=made.video.duration,
            clips=1 if job.base else len(job.clips),
            seconds=task.clock.total,
            warnings=[*parsed.warnings, *made.video.warnings],
            files={name: self.publisher.url(key) for name, key in made.extras.items()},
        )
        outputs = {"video": made.keys.video, "thumbnail": made.keys.thumbnail, **made.extras}
        self.teller.record(task, claim, Status.COMPLETE, payload, outputs)
        report(parsed, made, task)
        self.teller.tell(task, payload)

    def _try_again(self, task: Task, claim: Claim, error: Exception) -> None:
        """A job that may succeed later: back into the queue, or, after the last try, told and left to the redrive."""
        if task.claim is None:  # its end is recorded: what failed is the telling
            raise LeaveInQueueError(self.teller.back_off(task)) from error
        if not task.is_last_try:
            task.claim = None
            self.ledger.release(claim)
            emit_metrics({"JobsRetried": 1})
            task.span.end_as("retried", type(error).__name__)
            raise LeaveInQueueError(self.teller.back_off(task)) from error
        message = f"The video could not be made after {task.message.receives} tries; it can be sent again later."
        self.teller.fail(task, claim, PermanentError(ErrorCode.RENDER_FAILED, message))
        raise LeaveInQueueError(0) from error

    def _renew(self, task: Task) -> None:
        if task.claim is not None:
            self.ledger.renew(task.claim, "rendering", int(task.fraction * 100))


def _identity(task: Task) -> dict[str, Any]:
    """What every log line of a task says, and its span."""
    job_id, video_id, trace = task.addressee.job_id, task.addressee.video_id, task.span.trace
    task.span.note({"hospup.job.id": job_id, "hospup.video.id": video_id})
    fields = {"job_id": job_id, "video_id": video_id, "receive": task.message.receives}
    return fields | ({"trace_id": trace.trace_id} if trace else {})


def _length(job: Job) -> float:
    """Seconds that a job's video may have: what its clips say, unless one plays to its end."""
    seconds = [clip.duration for clip in job.clips if clip.duration is not None]
    is_known = job.base is None and len(seconds) == len(job.clips)
    return min(sum(seconds), limits.TOTAL_SECONDS) if is_known else limits.TOTAL_SECONDS
