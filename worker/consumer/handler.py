"""Handles one message: claim, render and publish, record the end, notify.

Returns when the message may be acknowledged; raises `RetryLaterError` when it must be received again.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

from worker.aws.lease import Lease
from worker.aws.ledger import Claim, Finished, Ledger, Status
from worker.aws.outages import AWS_ERRORS, Outages
from worker.aws.queue import Message
from worker.aws.usage import NOTHING, Made
from worker.consumer.deadline import Deadline
from worker.consumer.deliveries import LeaveLoop
from worker.consumer.job_report import message_attributes, report
from worker.consumer.job_run import JobRun
from worker.consumer.meter import Meter
from worker.consumer.notify import Notifier, cancellation
from worker.consumer.pipeline import PublishedVideo, run_pipeline
from worker.consumer.progress import ProgressReporter
from worker.consumer.resend import Resender
from worker.consumer.shutdown import Shutdown
from worker.consumer.standby import Standby
from worker.consumer.task import Task
from worker.consumer.timing import Timing
from worker.consumer.try_usage import TryCounter
from worker.errors import (
    BusyError,
    CancelledError,
    JobCancelledError,
    JobTimeoutError,
    LeaseLostError,
    MalformedMessageError,
    RetryLaterError,
    ReusedIdError,
    UploadError,
)
from worker.helpers.coordinator import Helpers
from worker.job import (
    ErrorCode,
    Job,
    JobWarning,
    MessageBody,
    ParsedMessage,
    PermanentError,
    ResendRequest,
    WarningCode,
    identity_of,
    keep_message,
    limits,
    parse_message,
    peek_identity,
    why_unidentified,
)
from worker.job.webhook_events import complete_payload, failed_payload, sequence_of
from worker.media.fetch import Fetcher
from worker.media.publish import Publisher
from worker.sandbox.client import InspectionError
from worker.telemetry.logs import log_context
from worker.telemetry.metrics import emit_metrics
from worker.telemetry.spans import Spans
from worker.video.ffmpeg import FFmpegError

logger = logging.getLogger(__name__)

_SUPERSEDED = (
    JobWarning(
        WarningCode.SUPERSEDED,
        "/video_id",
        "A job that was sent later has published this video: its files are named here, and this job's were dropped.",
    ),
)

TRANSIENT = (*AWS_ERRORS, FFmpegError, InspectionError, UploadError)
"""Errors that a later try may not have: of AWS, the network, the disk, and of programs that were killed. Any other
points to a flaw of the worker."""

LeaseFactory = Callable[[Message, Callable[[], None]], Lease]
"""Makes the lease on a message; the second argument renews the job's claim along with it."""


@dataclass(frozen=True)
class JobHandler:
    """Handles messages with the worker's long-lived parts."""

    ledger: Ledger
    fetcher: Fetcher
    publisher: Publisher
    notifier: Notifier
    resender: Resender
    shutdown: Shutdown
    timing: Timing
    spans: Spans
    outages: Outages
    tries: TryCounter
    standby: Standby
    helpers: Helpers | None = None

    def handle(self, message: Message, leave_loop: LeaveLoop, *, is_last_try: bool, make_lease: LeaseFactory) -> None:
        """Handle a message while holding the lease on it. `leave_loop` is called when only a delivery remains.

        Raises `RetryLaterError`, `MalformedMessageError`, `LeaseLostError` where another worker owns the job now, and
        botocore's errors where AWS can't be reached.
        """
        body = MessageBody(message.body)
        if request := ResendRequest.parse(body):
            with make_lease(message, lambda: None):
                self.resender.resend(request, message, body, leave_loop)
            return
        identity = peek_identity(body, message.attributes)
        if identity is None:
            raise MalformedMessageError(why_unidentified(body))
        with self.spans.job(message.attributes.get("traceparent"), message_attributes(message)) as span:
            task = Task(message, body, identity, is_last_try, span, leave_loop=leave_loop)
            with log_context(**_log_fields(task)), make_lease(message, lambda: self._renew_claim(task)) as lease:
                try:
                    self._claim_and_process(task, lease)
                except CancelledError as cancelled:  # the worker shuts down while AWS is out
                    raise RetryLaterError(self.timing.lease_seconds) from cancelled

    def _claim_and_process(self, task: Task, lease: Lease) -> None:
        with task.clock.stage("claim"):
            claim = self._claim(task)
        if isinstance(claim, Finished):
            logger.info("The job was finished before.", extra={"webhook": str(claim.webhook_state)})
            self._suppress_duplicate(task)
            self.notifier.renotify(task, claim)
        elif claim is not None:
            task.claim, task.meter = claim, Meter(claim, task.identity.property_id)
            task.span.set_attributes({"hospup.job.attempt": claim.attempt})
            with log_context(attempt=claim.attempt):
                self._process(task, claim, lease)

    def _claim(self, task: Task, abandoned: Decimal | None = None) -> Claim | Finished | None:
        """The claim on a job, or its recorded end; None where the message is not needed any more."""
        try:
            return self.ledger.claim(
                task.identity,
                task.fingerprint,
                task.message.message_id,
                task.message.receives,
                task.message.sent_at,
                abandoned=abandoned,
                kept_message=keep_message(task.body),
            )
        except BusyError as busy:
            if not busy.is_duplicate:
                return self._claim_if_abandoned(task, busy, abandoned)
            logger.info("Another worker is at this job, by another message: this one is not needed.")
            self._suppress_duplicate(task)
            return None
        except ReusedIdError as reused:
            self._refuse_reused_id(task, reused)
            return None

    def _claim_if_abandoned(self, task: Task, busy: BusyError, abandoned: Decimal | None) -> Claim | Finished | None:
        """Claim the job of a message that SQS delivered again, once its owner has renewed nothing for half a lease.

        Either the owner is alive and only SQS doesn't renew its message, or it is dead and its clock was ahead. An
        owner that is alive renews its claim at every third of a lease. Raises `RetryLaterError` where it is.
        """
        if abandoned is not None or self.shutdown.wait(self.timing.lease_seconds / 2):
            raise RetryLaterError(self.timing.lease_seconds) from busy
        return self._claim(task, busy.lease_expires_at)

    def _refuse_reused_id(self, task: Task, reused: ReusedIdError) -> None:
        """Refuse a message whose job id belongs to another one, by an event of its own.

        Only the job that has the id reports the end of its video: a receiver would take this refusal for that end.
        Raises `MalformedMessageError` for a body that can't be read: an attribute alone is no job.
        """
        message = "This job_id was used before with another message: send it under a new one."
        if not isinstance(task.body.value, dict):
            raise MalformedMessageError("it can't be read, and its job_id attribute belongs to another message")
        error = PermanentError(ErrorCode.JOB_ID_REUSED, message, "/job_id")
        logger.warning(message)
        task.span.set_outcome("failed", str(error.code))
        if task.identity.video_id in {"", reused.video_id} and not reused.has_failed:
            logger.warning("The receiver is not notified: the job that has the id makes the same video.")
            return
        self.notifier.notify(task, failed_payload(task.identity, error, seconds=task.clock.total))

    @staticmethod
    def _suppress_duplicate(task: Task) -> None:
        emit_metrics({"DuplicatesSuppressed": 1})
        task.span.set_outcome("duplicate")

    def _process(self, task: Task, claim: Claim, lease: Lease) -> None:
        """Run the job, unless an operator has cancelled it, or cancels it meanwhile: then record and notify that.

        However that goes, the try is counted.
        """
        try:
            if claim.is_cancelled:
                raise JobCancelledError
            self._attempt(task, claim, lease)
        except JobCancelledError:
            logger.info("The job was cancelled by an operator.")
            self._fail(task, claim, cancellation())
        finally:
            self.tries.count(task)

    def _attempt(self, task: Task, claim: Claim, lease: Lease) -> None:
        """Run the job, and decide what each failure means for the message. Raises `JobCancelledError`."""
        try:
            self._run(task, claim, lease)
        except PermanentError as error:
            logger.warning(error.message, extra={"error_code": str(error.code), "error_pointer": error.pointer})
            self._fail(task, claim, error)
        except CancelledError:
            if task.claim is None:  # the end is recorded: only the notification waits for AWS
                raise
            if lease.lost:
                raise LeaseLostError("the lease was lost while the job ran") from None
            if task.is_cancelled:
                raise JobCancelledError from None
            if not self.shutdown.requested:
                self._retry(task, claim, JobTimeoutError("the job took too long"))
            self._hand_back(task, claim)
        except (JobCancelledError, LeaseLostError, RetryLaterError):
            raise
        except Exception as error:  # nothing that a job causes may stop the worker
            logger.exception("The job failed for now.")
            if not isinstance(error, TRANSIENT):
                emit_metrics({"UnexpectedErrors": 1})
            self._retry(task, claim, error)

    def _run(self, task: Task, claim: Claim, lease: Lease) -> None:
        """Make the video while the lease holds, record the end, notify."""
        parsed = parse_message(task.body, task.message.attributes)
        job = parsed.job
        task.identity = identity_of(job)
        logger.info("Job started.", extra={"waited": round(task.message.waited_seconds, 3)})
        if parsed.ignored:
            logger.debug("Unknown fields were ignored.", extra={"fields": list(parsed.ignored)})
        deadline = Deadline(_max_video_seconds(job))
        url = self.notifier.url_for(task)
        sender, may_send = self.notifier.sender, lambda: self._is_confirmed(task)
        with ProgressReporter(sender, url, job.webhook, task, may_send) as reporter:
            run = JobRun(
                task,
                claim,
                lease,
                deadline,
                reporter,
                self.ledger,
                self.shutdown,
                self.outages,
                self.outages.waited,
                self.helpers,
            )
            published = run_pipeline(job, run, self.fetcher, self.publisher, self.standby)
        payload = self._complete_payload(parsed, published, task, claim)
        outputs = {"video": published.keys.video, "thumbnail": published.keys.thumbnail, **published.extras}
        made = NOTHING if published.is_superseded else Made(1, published.duration, published.bytes_published)
        self.notifier.record_end(task, claim, Status.COMPLETE, payload, outputs, made=made)
        report(parsed, published, task)
        self.notifier.notify(task, payload)

    def _complete_payload(
        self, parsed: ParsedMessage, published: PublishedVideo, task: Task, claim: Claim
    ) -> dict[str, Any]:
        job = parsed.job
        return complete_payload(
            job,
            task.identity,
            file_url=self.publisher.url(published.keys.video),
            thumbnail_url=self.publisher.url(published.keys.thumbnail),
            duration=published.duration,
            clips=1 if job.base else len(job.clips),
            seconds=task.clock.total,
            warnings=[
                *(_SUPERSEDED if published.is_superseded else ()),
                *self.notifier.warnings_for(task),
                *parsed.warnings,
                *published.video.warnings,
            ],
            sequence=sequence_of(claim.attempt),
            files={name: self.publisher.url(key) for name, key in published.extras.items()},
        )

    def _hand_back(self, task: Task, claim: Claim) -> NoReturn:
        """Return the job to the queue at once, since the worker is shutting down. Raises `RetryLaterError`."""
        self._release(task, claim)
        emit_metrics({"HandedBack": 1})
        task.span.set_outcome("handed_back")
        logger.info("The job was handed back: the worker is going down.")
        raise RetryLaterError(0) from None

    def _retry(self, task: Task, claim: Claim, error: Exception) -> NoReturn:
        """Return the job to the queue; after the last try report the failure, and let SQS move the message to the
        dead-letter queue. Raises `RetryLaterError`."""
        if task.claim is None:  # the end is recorded: only the notification failed
            raise RetryLaterError(self.timing.backoff(task.message.receives)) from error
        if not task.is_last_try:
            self._release(task, claim)
            emit_metrics({"JobsRetried": 1})
            task.span.set_outcome("retried", type(error).__name__)
            raise RetryLaterError(self.timing.backoff(task.message.receives)) from error
        message = f"The video could not be made after {task.message.receives} tries; it can be sent again later."
        self._fail(task, claim, PermanentError(ErrorCode.RENDER_FAILED, message))
        raise RetryLaterError(0) from error

    def _release(self, task: Task, claim: Claim) -> None:
        """Release the claim, and count the try."""
        task.claim = None
        with self.tries.counting(task):
            self.ledger.release(claim)

    def _fail(self, task: Task, claim: Claim, error: PermanentError) -> None:
        """End a job without a video. What this attempt has uploaded is deleted; an earlier one may have been killed."""
        if claim.attempt > 1:
            self.publisher.delete_intermediates(claim.job_id, claim.attempt)
        self.notifier.fail(task, claim, error)

    def _renew_claim(self, task: Task) -> None:
        if task.claim is not None:
            task.is_cancelled = self.ledger.renew(task.claim, "rendering", int(task.progress * 100))

    def _is_confirmed(self, task: Task) -> bool:
        """Whether the ledger confirms that the job is this worker's, has not ended and is not cancelled: a worker that
        was stopped for longer than a lease, and goes on, finds out before it sends something."""
        began = time.monotonic()
        try:
            self._renew_claim(task)
        except (LeaseLostError, BotoCoreError, ClientError):
            return False
        is_recent = time.monotonic() - began < self.timing.lease_seconds / 2  # sooner, no other worker may claim it
        return task.claim is not None and is_recent and not task.is_cancelled


def _log_fields(task: Task) -> dict[str, Any]:
    """Fields on every log line of a task; its span gets the same ids."""
    job_id, video_id, trace = task.identity.job_id, task.identity.video_id, task.span.trace_context
    task.span.set_attributes({"hospup.job.id": job_id, "hospup.video.id": video_id})
    fields = {"job_id": job_id, "video_id": video_id, "receive": task.message.receives}
    return fields | ({"trace_id": trace.trace_id} if trace else {})


def _max_video_seconds(job: Job) -> float:
    """Longest possible video of a job, in seconds: the sum of its clips, unless one plays to the end of its source."""
    seconds = [clip.duration for clip in job.clips if clip.duration is not None]
    is_known = job.base is None and len(seconds) == len(job.clips)
    return min(sum(seconds), limits.TOTAL_SECONDS) if is_known else limits.TOTAL_SECONDS
