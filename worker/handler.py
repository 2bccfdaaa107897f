"""One message, brought to its end: claim, make, record, tell.

Returns when the message may be acknowledged; raises `LeaveInQueueError` when it must be seen again. What is recorded is
recorded before anybody is told, so that a crash between the two leaves a webhook to send, never a video to make again.
"""

import contextlib
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from worker.cancelled import CancelledError
from worker.deadline import Deadline
from worker.fetch import Fetcher
from worker.job import (
    Addressee,
    ErrorCode,
    ParsedMessage,
    PermanentError,
    addressee_of,
    guess_addressee,
    limits,
    parse_message,
)
from worker.lease import Lease
from worker.ledger import (
    BusyError,
    Claim,
    Finished,
    LeaseLostError,
    Ledger,
    ReusedIdError,
    Status,
    WebhookState,
    fingerprint,
)
from worker.pace import Pace
from worker.pipeline import make
from worker.progress import ProgressReporter
from worker.queue import Message
from worker.result import complete, failed
from worker.shutdown import Shutdown
from worker.store import Publisher
from worker.telemetry import StageClock, emit_metrics, log_context
from worker.video.video import Video
from worker.webhook import Outcome, WebhookSender, event_id

logger = logging.getLogger(__name__)


class LeaveInQueueError(Exception):
    """The message must be seen again, after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds:.0f} s")
        self.seconds = seconds


class OverdueError(Exception):
    """The job has used up the time that one of its length may take."""


class UnreadableError(Exception):
    """The message has not even a job id: nobody can be told."""


@dataclass
class Task:
    """A message on its way through the handler."""

    message: Message
    is_last_try: bool
    digest: str
    addressee: Addressee
    clock: StageClock = field(default_factory=StageClock)
    claim: Claim | None = None
    """Set from the claim to the recorded end."""
    fraction: float = 0.0
    """Of the video that is rendered, 0 to 1."""


@dataclass(frozen=True)
class JobHandler:
    """What handling needs; `webhook_url` is for jobs that name none."""

    ledger: Ledger
    fetcher: Fetcher
    publisher: Publisher
    sender: WebhookSender
    shutdown: Shutdown
    webhook_url: str | None
    pace: Pace

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
        task = Task(message, is_last_try, fingerprint(message.body), addressee)
        context = log_context(job_id=addressee.job_id, video_id=addressee.video_id, receive=message.receives)
        with context, hold(message, lambda: self._renew(task)) as lease:
            with task.clock.stage("claim"):
                standing = self._claim(task)
            if isinstance(standing, Finished):
                self._finish_telling(task, standing)
            elif standing is not None:
                task.claim = standing
                self._process(task, standing, lease)

    def tell_abandoned(self, message: Message) -> None:
        """Tell the end of a job whose message lies in the dead-letter queue, if nobody has.

        Raises botocore's errors where AWS can't be reached.
        """
        addressee = guess_addressee(message.body, message.attributes)
        if addressee is None:
            return
        task = Task(message, is_last_try=True, digest=fingerprint(message.body), addressee=addressee)
        with (
            log_context(job_id=addressee.job_id, video_id=addressee.video_id),
            contextlib.suppress(BusyError, ReusedIdError, LeaseLostError, LeaveInQueueError),
        ):
            finished = self.ledger.find_finished(addressee.job_id, task.digest)
            if finished is None:
                self._record_abandoned(task)
            elif finished.webhook_state is WebhookState.PENDING and self.ledger.may_retell(
                addressee.job_id, self.pace.retell_seconds
            ):
                self._tell(task, finished.payload)

    def _record_abandoned(self, task: Task) -> None:
        claim = self.ledger.claim(task.addressee, task.digest, task.message.message_id, task.message.receives)
        if isinstance(claim, Claim):
            logger.warning("The job ended in the dead-letter queue, and nobody had been told.")
            message = "The video could not be made: its last try was cut off; it can be sent again later."
            self._record_failure(task, claim, PermanentError(ErrorCode.RENDER_FAILED, message))

    def _claim(self, task: Task) -> Claim | Finished | None:
        """The claim on a job, or its recorded end; None where the message is of no further use."""
        try:
            return self.ledger.claim(task.addressee, task.digest, task.message.message_id, task.message.receives)
        except BusyError as busy:
            if not busy.is_duplicate:
                raise LeaveInQueueError(self.pace.lease_seconds) from busy
            logger.info("Another worker is at this job, by another message: this one is not needed.")
            emit_metrics({"DuplicatesSuppressed": (1, "Count")})
            return None
        except ReusedIdError:
            message = "This job_id was used before with another message: send it under a new one."
            error = PermanentError(ErrorCode.JOB_ID_REUSED, message, "/job_id")
            logger.warning(message)
            self._tell(task, failed(task.addressee, error, seconds=task.clock.total))
            return None

    def _process(self, task: Task, claim: Claim, lease: Lease) -> None:
        try:
            self._make(task, claim, lease)
        except PermanentError as error:
            logger.warning(error.message, extra={"error_code": str(error.code), "error_pointer": error.pointer})
            self._record_failure(task, claim, error)
        except CancelledError:
            if lease.lost:
                raise LeaseLostError("the lease was lost while the job ran") from None
            if not self.shutdown.requested:
                self._try_again(task, claim, OverdueError("the job took too long"))
            task.claim = None
            self.ledger.release(claim)
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
        logger.info("Job started.", extra={"attempt": claim.attempt, "waited": round(task.message.waited_seconds, 3)})
        if parsed.ignored:
            logger.debug("Unknown fields were ignored.", extra={"fields": list(parsed.ignored)})

        deadline = Deadline(limits.TOTAL_SECONDS)

        def cancelled() -> bool:
            give_up = self.shutdown.should_give_up(task.clock.started, task.fraction)
            return lease.lost or give_up or deadline.is_over()

        def still_ours() -> None:
            self.ledger.renew(claim, "publishing", 100)
            if lease.lost:
                raise LeaseLostError("the lease was lost while the video was published")

        url = self._url_for(task.addressee)
        with ProgressReporter(self.sender, url, job.webhook, task.addressee, task.digest) as reporter:

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
        self._record(task, claim, Status.COMPLETE, payload, outputs)
        _report(parsed, made.video, task)
        self._tell(task, payload)

    def _try_again(self, task: Task, claim: Claim, error: Exception) -> None:
        """A job that may succeed later: back into the queue, or, after the last try, told and left to the redrive."""
        if task.claim is None:  # its end is recorded: what failed is the telling
            raise LeaveInQueueError(self._back_off(task)) from error
        if not task.is_last_try:
            task.claim = None
            self.ledger.release(claim)
            emit_metrics({"JobsRetried": (1, "Count")})
            raise LeaveInQueueError(self._back_off(task)) from error
        message = f"The video could not be made after {task.message.receives} tries; it can be sent again later."
        self._record_failure(task, claim, PermanentError(ErrorCode.RENDER_FAILED, message))
        raise LeaveInQueueError(0) from error

    def _record_failure(self, task: Task, claim: Claim, error: PermanentError) -> None:
        payload = failed(task.addressee, error, seconds=task.clock.total)
        self._record(task, claim, Status.ERROR, payload, {})
        emit_metrics({"JobsFailed": (1, "Count")}, error_code=str(error.code))
        self._tell(task, payload)

    def _record(
        self, task: Task, claim: Claim, status: Status, payload: Mapping[str, Any], outputs: Mapping[str, str]
    ) -> None:
        state = WebhookState.PENDING if self._url_for(task.addressee) else WebhookState.NONE
        self.ledger.finish(claim, status, payload, state, outputs)
        task.claim = None

    def _finish_telling(self, task: Task, job: Finished) -> None:
        """A job that was finished before: nothing is rendered; what may be left is its webhook."""
        logger.info("The job was finished before.", extra={"webhook": str(job.webhook_state)})
        emit_metrics({"DuplicatesSuppressed": (1, "Count")})
        if job.webhook_state is WebhookState.PENDING:
            self._tell(task, job.payload)

    def _tell(self, task: Task, payload: Mapping[str, Any]) -> None:
        """Deliver a final webhook and note how that went. Raises `LeaveInQueueError` where it may succeed later."""
        url = self._url_for(task.addressee)
        if url is None:
            return
        identity = event_id(task.addressee.job_id, payload["status"], task.digest)
        with task.clock.stage("notify"):
            delivery = self.sender.deliver(url, identity, payload)
        if delivery.outcome is Outcome.FAILED:
            logger.warning("The webhook was not delivered; the message stays in the queue for it.")
            raise LeaveInQueueError(max(delivery.retry_after, self._back_off(task)))
        if payload.get("error_code") != ErrorCode.JOB_ID_REUSED:
            delivered = delivery.outcome is Outcome.DELIVERED
            state = WebhookState.DELIVERED if delivered else WebhookState.REFUSED
            self.ledger.note_webhook(task.addressee.job_id, state)

    def _renew(self, task: Task) -> None:
        if task.claim is not None:
            self.ledger.renew(task.claim, "rendering", int(task.fraction * 100))

    def _url_for(self, addressee: Addressee) -> str | None:
        return addressee.webhook_url or self.webhook_url

    def _back_off(self, task: Task) -> float:
        jitter = random.uniform(0.8, 1.2)  # noqa: S311  no secret
        return float(self.pace.back_off_seconds * 4 ** (task.message.receives - 1) * jitter)


def _report(parsed: ParsedMessage, video: Video, task: Task) -> None:
    """Say in one line, and in metrics, how a job went."""
    seconds = {name: round(value, 3) for name, value in task.clock.seconds.items()}
    render = task.clock.seconds.get("render", 0.0)
    logger.info(
        "Job complete.",
        extra={
            "stages": seconds,
            "rendering": {name: round(value, 3) for name, value in video.seconds.items()},
            "duration": round(video.duration, 3),
            "total": round(task.clock.total, 3),
            "waited": round(task.message.waited_seconds, 3),
            "warnings": len(parsed.warnings),
        },
    )
    emit_metrics(
        {
            "JobsCompleted": (1, "Count"),
            "QueueWait": (round(task.message.waited_seconds, 3), "Seconds"),
            "JobSeconds": (round(task.clock.total, 3), "Seconds"),
            "RenderSpeed": (round(video.duration / render, 3) if render else 0.0, "None"),
            **{f"{name.capitalize()}Seconds": (value, "Seconds") for name, value in seconds.items()},
        }
    )
