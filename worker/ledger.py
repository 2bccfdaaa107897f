"""The job ledger: one DynamoDB item a job, so that a duplicate or redelivered message does no harm.

Every write is conditional. A worker claims a job and gets an attempt number, its fencing token: from then on each of
its writes holds only while that attempt is the latest, so a worker that lost its job can't finish it a second time.
Without the ledger, SQS's at-least-once delivery would render some videos twice and call the webhook with two ids.
"""

import contextlib
import enum
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from worker.job import Addressee

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item = Mapping[str, AttributeValueTypeDef]

EXPIRY_DAYS = 30
"""Days after which DynamoDB removes an item (TTL attribute `expires_at`)."""


class Status(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    """Known, and back in the queue after a try."""
    RENDERING = "RENDERING"
    COMPLETE = "COMPLETE"
    ERROR = "ERROR"


class WebhookState(enum.StrEnum):
    """Where a job's final webhook stands."""

    NONE = "NONE"
    """There is nobody to tell."""
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    REFUSED = "REFUSED"
    """The receiver answered with a status that is final."""


class LeaseLostError(Exception):
    """Another worker owns the job now; this one must publish nothing."""


class BusyError(Exception):
    """Another worker is at the job right now.

    `is_duplicate`: it works on another message for the same job, which is still in the queue. This one is not needed.
    """

    def __init__(self, *, is_duplicate: bool) -> None:
        super().__init__("another worker is at this job")
        self.is_duplicate = is_duplicate


class ReusedIdError(Exception):
    """The job id belongs to another message."""


@dataclass(frozen=True)
class Claim:
    """The right to work on a job."""

    job_id: str
    attempt: int


@dataclass(frozen=True)
class Finished:
    """A job that was finished before; what is left may be its webhook."""

    job_id: str
    payload: Mapping[str, Any]
    webhook_state: WebhookState


def fingerprint(body: str) -> str:
    """A digest of a message that doesn't depend on white space or the order of its fields."""
    with contextlib.suppress(ValueError, RecursionError):
        body = json.dumps(json.loads(body), sort_keys=True)
    return hashlib.sha256(body.encode(errors="surrogatepass")).hexdigest()


class Ledger:
    """The table, as one worker (`owner`) sees it; `lease_seconds` is how long a claim holds without a renewal.

    `clock` gives the time of day. Workers' clocks may differ: fencing doesn't depend on them, and a job that was left
    behind is known by SQS's clock, which hands its message out again.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        owner: str,
        lease_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._table = table
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._clock = clock

    def claim(self, addressee: Addressee, digest: str, message_id: str, receives: int) -> Claim | Finished:
        """Take a job, or learn that it is finished.

        A job can be claimed if it is new, queued again, or had failed in a way that may pass; and if it was left
        behind: its lease ran out, or SQS hands the very message out once more, which it does when nobody has renewed
        it. (A worker that is at it all the same is fenced off.) A claim that this worker made a moment ago, and whose
        answer it never saw, it makes again.

        Raises `BusyError` while another worker's lease holds, and `ReusedIdError` where the id belongs to another
        message.
        """
        now = self._clock()
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key={"job_id": {"S": addressee.job_id}},
                UpdateExpression=(
                    "SET attempt = if_not_exists(attempt, :zero) + :one, #owner = :owner, lease_expires_at = :lease, "
                    "#status = :rendering, stage = :claimed, progress = :zero, fingerprint = :digest, "
                    "created_at = if_not_exists(created_at, :now), updated_at = :now, expires_at = :expiry, "
                    "video_id = :video, property_id = :property, message_id = :message, receives = :receives "
                    "REMOVE #error, retryable, payload"
                ),
                ConditionExpression=(
                    "attribute_not_exists(job_id) OR (fingerprint = :digest AND (#status = :queued OR "
                    "(#status = :failed AND retryable = :true) OR (#status = :rendering AND (lease_expires_at < :now "
                    "OR (message_id = :message AND (receives < :receives OR #owner = :owner))))))"
                ),
                ExpressionAttributeNames={"#owner": "owner", "#status": "status", "#error": "error"},
                ExpressionAttributeValues={
                    ":zero": {"N": "0"},
                    ":one": {"N": "1"},
                    ":owner": {"S": self._owner},
                    ":lease": {"N": _seconds(now + self._lease_seconds)},
                    ":rendering": {"S": Status.RENDERING},
                    ":queued": {"S": Status.QUEUED},
                    ":failed": {"S": Status.ERROR},
                    ":true": {"BOOL": True},
                    ":claimed": {"S": "claimed"},
                    ":digest": {"S": digest},
                    ":now": {"N": _seconds(now)},
                    ":expiry": {"N": str(int(now) + EXPIRY_DAYS * 86_400)},
                    ":video": {"S": addressee.video_id},
                    ":property": {"S": addressee.property_id},
                    ":message": {"S": message_id},
                    ":receives": {"N": str(receives)},
                },
                ReturnValues="ALL_NEW",
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            item = self._read(addressee.job_id)
            finished = _finished(item, digest)
            if finished is not None:
                return finished
            is_duplicate = item is not None and item["message_id"]["S"] != message_id
            raise BusyError(is_duplicate=is_duplicate) from error
        return Claim(addressee.job_id, int(answer["Attributes"]["attempt"]["N"]))

    def renew(self, claim: Claim, stage: str, progress: int) -> None:
        """Hold the claim for another lease, and note how far the job is. Raises `LeaseLostError`."""
        self._update(
            claim,
            "SET lease_expires_at = :lease, stage = :stage, progress = :progress",
            {
                ":lease": {"N": _seconds(self._clock() + self._lease_seconds)},
                ":stage": {"S": stage},
                ":progress": {"N": str(progress)},
            },
        )

    def release(self, claim: Claim) -> None:
        """Give the job back to the queue: another worker may claim it at once. Raises `LeaseLostError`."""
        self._update(
            claim,
            "SET #status = :status, lease_expires_at = :zero",
            {":status": {"S": Status.QUEUED}, ":zero": {"N": "0"}},
        )

    def finish(
        self,
        claim: Claim,
        status: Status,
        payload: Mapping[str, Any],
        webhook_state: WebhookState,
        outputs: Mapping[str, str] | None = None,
    ) -> None:
        """Record the end of a job before anybody is told, with the very payload that the webhook will carry.

        `outputs` are the object keys by name. Raises `LeaseLostError`: then the end is another worker's to record.
        """
        values: dict[str, Any] = {
            ":status": {"S": status},
            ":stage": {"S": "finished"},
            ":payload": {"S": json.dumps(payload, ensure_ascii=False)},
            ":webhook": {"S": webhook_state},
            ":retryable": {"BOOL": bool(payload.get("retryable"))},
            ":progress": {"N": str(payload.get("progress", 0))},
            ":outputs": {"M": {name: {"S": key} for name, key in (outputs or {}).items()}},
            ":error": {"S": str(payload.get("error", ""))},
            ":told": {"N": _seconds(self._clock())},
        }
        self._update(
            claim,
            "SET #status = :status, stage = :stage, payload = :payload, webhook_state = :webhook, "
            "webhook_tried_at = :told, retryable = :retryable, progress = :progress, outputs = :outputs, "
            "#error = :error",
            values,
        )

    def note_webhook(self, job_id: str, state: WebhookState) -> None:
        """Record how the final webhook ended; idempotent, so any worker that delivered it may."""
        self._client.update_item(
            TableName=self._table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression="SET webhook_state = :state, updated_at = :now",
            ExpressionAttributeValues={":state": {"S": state}, ":now": {"N": _seconds(self._clock())}},
        )

    def may_retell(self, job_id: str, seconds: float) -> bool:
        """Take the right to try a pending webhook once more; False where it was tried less than `seconds` ago."""
        now = self._clock()
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"job_id": {"S": job_id}},
                UpdateExpression="SET webhook_tried_at = :now",
                # One in the future was noted by a clock that is ahead of ours: it says nothing.
                ConditionExpression=(
                    "webhook_state = :pending AND (webhook_tried_at < :before OR webhook_tried_at > :now)"
                ),
                ExpressionAttributeValues={
                    ":now": {"N": _seconds(now)},
                    ":before": {"N": _seconds(now - seconds)},
                    ":pending": {"S": WebhookState.PENDING},
                },
            )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def find_finished(self, job_id: str, digest: str) -> Finished | None:
        """The recorded end of a job; None where it has none. Raises `ReusedIdError`."""
        return _finished(self._read(job_id), digest)

    def _read(self, job_id: str) -> "Item | None":
        answer = self._client.get_item(TableName=self._table, Key={"job_id": {"S": job_id}}, ConsistentRead=True)
        return answer.get("Item")

    def _update(self, claim: Claim, expression: str, values: Mapping[str, Any]) -> None:
        """A write that holds only while `claim` is the latest."""
        names = {"#owner": "owner"} | {
            name: name.removeprefix("#") for name in ("#status", "#error") if name in expression
        }
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"job_id": {"S": claim.job_id}},
                UpdateExpression=f"{expression}, updated_at = :now",
                ConditionExpression="attempt = :attempt AND #owner = :owner",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    **values,
                    ":now": {"N": _seconds(self._clock())},
                    ":attempt": {"N": str(claim.attempt)},
                    ":owner": {"S": self._owner},
                },
            )
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                raise LeaseLostError(f"another worker took job {claim.job_id} over") from error
            raise


def _finished(item: "Item | None", digest: str) -> Finished | None:
    """What an item says of a job's end. Raises `ReusedIdError` where it is another message's."""
    if item is None:
        return None
    if item["fingerprint"]["S"] != digest:
        raise ReusedIdError
    if item["status"]["S"] not in {Status.COMPLETE, Status.ERROR}:
        return None
    return Finished(item["job_id"]["S"], json.loads(item["payload"]["S"]), WebhookState(item["webhook_state"]["S"]))


def _seconds(moment: float) -> str:
    return f"{moment:.3f}"


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
