"""The job ledger: one DynamoDB item per job, so that a duplicate or redelivered message does no harm.

Every write is conditional. A worker claims a job and gets an attempt number, its fencing token: each later write
succeeds only while that attempt is the latest, so a worker that lost its job can't finish it a second time. Without the
ledger, SQS's at-least-once delivery would render some videos twice and call the webhook with two ids.
"""

import contextlib
import enum
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import UnionType
from typing import TYPE_CHECKING, Any

from worker.aws.outages import AWS_ERRORS, Outages
from worker.aws.table import Table, seconds
from worker.clock import now as time_of_day
from worker.errors import (
    BusyError,
    JobCancelledError,
    LeaseLostError,
    LedgerEntryError,
    ReusedIdError,
    SupersededError,
    UnknownJobError,
)
from worker.job import JobIdentity, MessageBody, read_kept_message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPIRY_DAYS = 30
"""Days after which DynamoDB removes an item (TTL attribute `expires_at`)."""


_ANSWER_CHARACTERS = 200
"""Longest receiver's answer that is kept, in characters."""
_NOT_CANCELLED = " AND attribute_not_exists(cancel_requested_at)"
"""The end of a condition that holds until an operator cancels the job: `hospup-video cancel` sets the attribute, on
condition that the job has neither ended nor begun to publish (`publishing_at`)."""
_DELIVERY = "webhook_answer = :answer ADD webhook_attempts :attempts"
"""The end of an update expression that adds a delivery to an entry."""


class Status(enum.StrEnum):
    """Status of a job."""

    QUEUED = "QUEUED"
    """Claimed before, and back in the queue; or cancelled before any claim."""
    RENDERING = "RENDERING"
    COMPLETE = "COMPLETE"
    ERROR = "ERROR"
    CANCELLED = "CANCELLED"
    """Ended by an operator, without a video."""


_ENDS = frozenset({Status.COMPLETE, Status.ERROR, Status.CANCELLED})


class WebhookState(enum.StrEnum):
    """State of a job's final webhook."""

    NOT_NOTIFIED = "NOT_NOTIFIED"
    """Neither the job nor the worker named a receiver; `hospup-video webhook resend` delivers the webhook later."""
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    """The receiver answered with a status that is final."""
    OFF = "OFF"
    """The job wants no webhook."""
    SUPERSEDED = "SUPERSEDED"
    """Not sent: it would replace what the backend knows of a newer video."""

    @classmethod
    def _missing_(cls, value: object) -> "WebhookState | None":
        """Read `NONE`, which earlier releases recorded where there was no receiver."""
        return cls.NOT_NOTIFIED if value == "NONE" else None


@dataclass(frozen=True)
class Claim:
    """The right to work on a job."""

    job_id: str
    attempt: int
    sent_at: int = 0
    """When the job's first message was sent, in milliseconds since 1970 by SQS's clock."""
    is_cancelled: bool = False
    """Whether an operator has cancelled the job: all that is left to do is to record and notify that."""


@dataclass(frozen=True)
class Finished:
    """A job whose end is recorded; its webhook may still be pending."""

    job_id: str
    payload: Mapping[str, Any]
    webhook_state: WebhookState
    fingerprint: str
    """The message's, part of the webhook's id."""
    message: MessageBody | None = None
    """The message, where the ledger keeps it."""


class Ledger:
    """The ledger's table, for one worker.

    Params:
        client, table: the DynamoDB table.
        owner: the worker's unique name.
        lease_seconds: how long a claim holds without a renewal.
        clock: the time of day in seconds. Workers' clocks may differ: fencing doesn't depend on them, and an abandoned
            job is detected by SQS's clock, which redelivers its message.
        outages: waits out outages of DynamoDB, in every call but `renew` and `release_video`.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        owner: str,
        lease_seconds: float,
        *,
        clock: Callable[[], float] = time_of_day,
        outages: Outages | None = None,
    ) -> None:
        self._impatient = Table(client, table)
        self._table = Table(outages.patient(client), table) if outages else self._impatient
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._clock = clock

    def claim(
        self,
        identity: JobIdentity,
        fingerprint: str,
        message_id: str,
        receives: int,
        sent_at: int = 0,
        *,
        only_unfinished: bool = False,
        abandoned: Decimal | None = None,
        kept_message: bytes | None = None,
    ) -> Claim | Finished:
        """Claim a job, or return its recorded end.

        `fingerprint` is the message's, `receives` how often SQS has delivered it, `sent_at` when SQS
        accepted it, in milliseconds; the first is kept, since a redrive sends anew. `kept_message` is the message, for
        an operator who sends it again. A job can be claimed if it is new,
        queued again, or failed with a retryable error; and if it was abandoned: its lease has expired, or SQS delivers
        the same message once more and the lease is about to expire (both were last renewed together), or
        has not been renewed since it was to expire at `abandoned`. (A worker that still works on the job is fenced
        off.) A worker may repeat a claim of its own whose answer was lost. A job that was cancelled before any worker
        claimed it has an entry without a fingerprint, and is claimed like a new one, by its first message.

        Raises `BusyError` while another worker's lease holds, `ReusedIdError` where the id belongs to another message,
        and `UnknownJobError` where the job is new and `only_unfinished`: then neither a new job nor a failed one
        can be claimed, so that of two workers that inspect the dead-letter queue one reports the end.
        """
        now = self._clock()
        optional = {"video_id": identity.video_id, "kept_message": kept_message}
        present = {name: value for name, value in optional.items() if value}  # no key of an index can be empty
        delivered_anew = "#status = :rendering AND message_id = :message AND"
        ways = [
            "#status = :queued",
            "#status = :failed AND retryable = :retryable",
            "#status = :rendering AND lease_expires_at < :now",
            f"{delivered_anew} #owner = :owner",
            f"{delivered_anew} receives < :receives AND lease_expires_at < :soon",
            f"{delivered_anew} receives < :receives AND lease_expires_at = :abandoned",
        ]
        conditions = [f"fingerprint = :digest AND {way}" for way in ways]
        is_new = "attribute_not_exists(fingerprint)"
        conditions.insert(0, f"{is_new} AND attribute_exists(cancel_requested_at)" if only_unfinished else is_new)
        item = self._table.update(
            identity.job_id,
            "SET attempt = if_not_exists(attempt, :zero) + :one, #owner = :owner, lease_expires_at = :lease, "
            "#status = :rendering, stage = :claimed, progress = :zero, fingerprint = :digest, "
            "created_at = if_not_exists(created_at, :now), claimed_at = :now, updated_at = :now, expires_at = :expiry, "
            "sent_at = if_not_exists(sent_at, :sent), property_id = :property, message_id = :message, "
            f"receives = :receives{''.join(f', {name} = :{name}' for name in present)} "
            "REMOVE #error, retryable, payload, ended_at, stages",
            {
                ":zero": 0,
                ":one": 1,
                ":owner": self._owner,
                ":lease": seconds(now + self._lease_seconds),
                ":rendering": Status.RENDERING,
                ":queued": Status.QUEUED,
                ":failed": Status.ERROR,
                ":retryable": None if only_unfinished else True,  # DynamoDB refuses a value without use
                ":claimed": "claimed",
                ":digest": fingerprint,
                ":now": seconds(now),
                ":soon": seconds(now + self._lease_seconds / 6),
                ":abandoned": abandoned,
                ":expiry": int(now) + EXPIRY_DAYS * 86_400,
                ":property": identity.property_id,
                ":message": message_id,
                ":sent": sent_at,
                ":receives": receives,
            }
            | {f":{name}": value for name, value in present.items()},
            " OR ".join(conditions),  # AND binds first; parentheses would nest five deep
        )
        if item is None:
            return self._end_of(identity.job_id, fingerprint, message_id, only_unfinished=only_unfinished)
        with _reading(identity.job_id):
            is_cancelled = "cancel_requested_at" in item
            return Claim(identity.job_id, int(item["attempt"]), int(item["sent_at"]), is_cancelled)

    def _end_of(self, job_id: str, fingerprint: str, message_id: str, *, only_unfinished: bool) -> Finished:
        """The recorded end of a job that can't be claimed. Raises what `claim` raises where it has none."""
        item = self._table.read(job_id)
        if item is None and only_unfinished:
            raise UnknownJobError
        finished = _finished(item, fingerprint)
        if finished is not None:
            return finished
        if item is None:
            raise BusyError(is_duplicate=False)
        is_duplicate = item.get("message_id") != message_id
        raise BusyError(is_duplicate=is_duplicate, lease_expires_at=item.get("lease_expires_at"))

    def renew(self, claim: Claim, stage: str, progress: int) -> bool:
        """Renew the claim for another lease, with the job's stage and progress (0 to 100). Returns whether an operator
        has cancelled the job. Raises `LeaseLostError`."""
        item = self._update(
            claim,
            "SET lease_expires_at = :lease, stage = :stage, progress = :progress",
            {
                ":lease": seconds(self._clock() + self._lease_seconds),
                ":stage": stage,
                ":progress": progress,
            },
            table=self._impatient,
        )
        return "cancel_requested_at" in item

    def begin_publication(self, claim: Claim) -> None:
        """Record that the video begins to appear, after which the job can't be cancelled any more, nor at a later
        attempt. Renews the claim. Raises `JobCancelledError` where it was cancelled before, and `LeaseLostError`."""
        self._update(
            claim,
            "SET publishing_at = if_not_exists(publishing_at, :now), lease_expires_at = :lease, stage = :stage",
            {":lease": seconds(self._clock() + self._lease_seconds), ":stage": "publishing"},
            _NOT_CANCELLED,
        )

    def release(self, claim: Claim) -> None:
        """Release the claim: another worker may claim the job at once. Raises `LeaseLostError`."""
        self._update(
            claim,
            "SET #status = :status, lease_expires_at = :zero",
            {":status": Status.QUEUED, ":zero": 0},
        )

    def finish(
        self,
        claim: Claim,
        status: Status,
        payload: Mapping[str, Any],
        webhook_state: WebhookState,
        outputs: Mapping[str, str] | None = None,
        *,
        stages: Mapping[str, float] | None = None,
    ) -> None:
        """Record the end of a job before its receiver is notified, with the payload that the webhook will carry.

        `outputs` are the object keys by name, `stages` the seconds of each stage of this attempt. Raises
        `LeaseLostError`: another worker will record the end; and `JobCancelledError` where an operator has cancelled
        the job and `status` is another.
        """
        values: dict[str, Any] = {
            ":status": status,
            ":stage": "finished",
            ":payload": json.dumps(payload, ensure_ascii=False),
            ":webhook": webhook_state,
            ":retryable": bool(payload.get("retryable")),
            ":progress": payload.get("progress", 0),
            ":outputs": dict(outputs or {}),
            ":error": str(payload.get("error", "")),
            ":ended": seconds(self._clock()),
            # As JSON, which keeps their order.
            ":stages": json.dumps({name: round(lasted, 3) for name, lasted in (stages or {}).items()}),
        }
        self._update(
            claim,
            "SET #status = :status, stage = :stage, payload = :payload, webhook_state = :webhook, "
            "webhook_tried_at = :ended, ended_at = :ended, stages = :stages, retryable = :retryable, "
            "progress = :progress, outputs = :outputs, #error = :error",
            values,
            "" if status is Status.CANCELLED else _NOT_CANCELLED,
        )

    def record_webhook_state(self, job_id: str, state: WebhookState, answer: str = "", attempts: int = 0) -> None:
        """Record the outcome of the final webhook, so that any worker that delivered it may record it.

        `answer` is the receiver's last answer, and `attempts` the number of requests of this delivery.
        """
        self._table.update(
            job_id,
            f"SET webhook_state = :state, updated_at = :now, {_DELIVERY}",
            {
                ":state": state,
                ":now": seconds(self._clock()),
                ":answer": answer[:_ANSWER_CHARACTERS],
                ":attempts": attempts,
            },
        )

    def note_webhook_failure(self, job_id: str, answer: str, attempts: int) -> None:
        """Note, for operators, why a delivery failed that the queue will repeat. Nothing depends on it, so an error is
        ignored."""
        with contextlib.suppress(*AWS_ERRORS):
            self._impatient.update(
                job_id,
                f"SET {_DELIVERY}",
                {":answer": answer[:_ANSWER_CHARACTERS], ":attempts": attempts},
                "attribute_exists(job_id)",
            )

    def acquire_redelivery(self, job_id: str, interval: float) -> bool:
        """Acquire the right to deliver a pending webhook again; False where it was tried less than `interval` seconds
        ago."""
        now = self._clock()
        item = self._table.update(
            job_id,
            "SET webhook_tried_at = :now",
            {":now": seconds(now), ":before": seconds(now - interval), ":pending": WebhookState.PENDING},
            # A time in the future was recorded by a clock that is ahead of this one: it is ignored.
            "webhook_state = :pending AND (webhook_tried_at < :before OR webhook_tried_at > :now)",
        )
        return item is not None

    def acquire_video(self, claim: Claim, key: str, description: Mapping[str, Any]) -> None:
        """Acquire the right to publish the video at `key`, for one lease, and describe what will be there.

        The job that was sent last has it, the greater id where two were sent in the same millisecond. Raises
        `SupersededError`, with its description, where a later job has had it, and `BusyError` while an earlier one
        publishes.
        """
        now = self._clock()
        item = self._table.update(
            _video_item(key),
            "SET newest = :job, sent_at = :sent, description = :description, publisher = :me, "
            "publishing_until = :until, updated_at = :now, expires_at = :expiry",
            {
                ":job": claim.job_id,
                ":me": _publisher(claim),
                ":sent": claim.sent_at,
                ":description": json.dumps(description),
                ":until": seconds(now + self._lease_seconds),
                ":now": seconds(now),
                ":expiry": int(now) + EXPIRY_DAYS * 86_400,
            },
            "(attribute_not_exists(newest) OR sent_at < :sent OR (sent_at = :sent AND newest <= :job)) AND "
            "(attribute_not_exists(publisher) OR newest = :job OR publishing_until < :now)",
        )
        if item is not None:
            return
        video = self._table.read(_video_item(key))
        if video is not None and _is_newer(video, claim.job_id, claim.sent_at):
            raise SupersededError(_description(video))
        raise BusyError(is_duplicate=False)

    def release_video(self, claim: Claim, key: str) -> None:
        """Release the right to publish the video at `key`; nothing happens where another job has it."""
        self._impatient.update(
            _video_item(key), "REMOVE publisher, publishing_until", {":me": _publisher(claim)}, "publisher = :me"
        )

    def is_superseded(self, job_id: str, key: str) -> bool:
        """Whether a job that was sent later than this one has published the video at `key`, or is about to."""
        video, job = self._table.read(_video_item(key)), self._table.read(job_id)
        if video is None or job is None:
            return False
        with _reading(job_id):
            sent_at = int(job.get("sent_at", 0))
        return _is_newer(video, job_id, sent_at)

    def find_finished(self, job_id: str, fingerprint: str) -> Finished | None:
        """The recorded end of a job; None where it has none. Raises `ReusedIdError`."""
        return _finished(self._table.read(job_id), fingerprint)

    def recorded_end(self, job_id: str) -> Finished | None:
        """The recorded end of a job, whatever its message; None where it has none."""
        item = self._table.read(job_id)
        return _finished(item, str(item.get("fingerprint"))) if item else None

    def _update(
        self,
        claim: Claim,
        expression: str,
        values: Mapping[str, Any],
        condition: str = "",
        *,
        table: Table | None = None,
    ) -> dict[str, Any]:
        """Write on condition that `claim` is the latest, and `condition`. Returns the item as it is then."""
        item = (table or self._table).update(
            claim.job_id,
            f"{expression}, updated_at = :now",
            {**values, ":now": seconds(self._clock()), ":attempt": claim.attempt, ":owner": self._owner},
            f"attempt = :attempt AND #owner = :owner{condition}",
        )
        if item is not None:
            return item
        present = (self._table.read(claim.job_id) or {}) if condition else {}
        if (present.get("attempt"), present.get("owner")) == (claim.attempt, self._owner):
            raise JobCancelledError(f"job {claim.job_id} was cancelled")
        raise LeaseLostError(f"another worker took job {claim.job_id} over")


@contextlib.contextmanager
def _reading(key: str) -> Iterator[None]:
    """Raise `LedgerEntryError` where an item isn't one that a worker writes: another program, or a person, did."""
    try:
        yield
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise LedgerEntryError(f"the ledger's entry {key!r} can't be read: {error!r:.200}") from error


def _finished(item: Mapping[str, Any] | None, fingerprint: str) -> Finished | None:
    """The end of a job, from its item. Raises `ReusedIdError` where the item belongs to another message."""
    if item is None or "fingerprint" not in item:  # without one, it was cancelled before any worker received it
        return None
    with _reading(item["job_id"]):
        if item["fingerprint"] != fingerprint:
            has_failed = item["status"] in {Status.ERROR, Status.CANCELLED}
            raise ReusedIdError(item.get("video_id", ""), has_failed=has_failed)
        if Status(item["status"]) not in _ENDS:
            return None
        payload = _json_object(item["payload"], status=str)
        kept = item.get("kept_message")
        message = read_kept_message(bytes(kept)) if kept else None
        return Finished(item["job_id"], payload, WebhookState(item["webhook_state"]), fingerprint, message)


def _description(video: Mapping[str, Any]) -> dict[str, Any]:
    """What the newest job of a video's item publishes."""
    with _reading(video["job_id"]):
        return _json_object(video["description"], video=str, thumbnail=str, duration=int | float, extras=dict)


def _json_object(text: str, **fields: type | UnionType) -> dict[str, Any]:
    """The JSON object in a text, which has fields of these types. Raises ValueError and TypeError."""
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(found.get(name), kind) for name, kind in fields.items()):
        raise ValueError("it lacks a field")
    return found


def _video_item(key: str) -> str:
    """The item of a video, by its object key: a name that no job has, since job ids hold no slash."""
    return f"video/{key}"


def _publisher(claim: Claim) -> str:
    """The attempt that publishes a video: a later one of its job may take over, an earlier one releases nothing."""
    return f"{claim.job_id}/{claim.attempt}"


def _is_newer(video: Mapping[str, Any], job_id: str, sent_at: int) -> bool:
    """Whether the newest job of a video's item was sent later than this job."""
    with _reading(video["job_id"]):
        return (int(video["sent_at"]), str(video["newest"]).encode()) > (sent_at, job_id.encode())
