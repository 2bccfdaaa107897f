"""Jobs as the ledger knows them: read one or many, follow one."""

import dataclasses
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from ops.words import count

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

POLL_SECONDS = 1.0
ENDED = frozenset({"COMPLETE", "ERROR", "CANCELLED"})
NOT_NOTIFIED = frozenset({"NOT_NOTIFIED", "NONE"})
"""States of a webhook that had no receiver; earlier releases recorded NONE."""

_DESERIALIZER = TypeDeserializer()
BATCH = 100
"""Most items that are read at once: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""
_LONGEST_PAUSE = 1.0
"""Seconds before keys that DynamoDB left unread are asked for again, at most."""
_ATTRIBUTES = (
    *("job_id", "status", "stage", "progress", "attempt", "video_id", "property_id", "outputs", "error", "payload"),
    *("retryable", "webhook_state", "webhook_answer", "webhook_attempts", "owner", "sent_at", "created_at"),
    *("claimed_at", "ended_at", "stages", "updated_at", "lease_expires_at", "cancel_requested_at"),
)
"""What `parse_entry` reads. Lists of jobs ask for no more: a kept message may have 64 KB."""


@dataclass(frozen=True)
class JobState:
    """A job's entry in the ledger; times are in Unix seconds, 0 where there is none yet."""

    job_id: str
    status: str
    stage: str = ""
    progress: int = 0
    attempt: int = 0
    video_id: str = ""
    property_id: str = ""
    outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    error: str = ""
    error_code: str = ""
    error_pointer: str = ""
    retryable: bool = False
    webhook: str = ""
    webhook_answer: str = ""
    """The receiver's last answer: an HTTP status, or why there is none."""
    webhook_attempts: int = 0
    """Requests that deliveries of the final webhook made so far."""
    processing_time: str = ""
    """From the claim to the end, such as `12.3s`."""
    duration: float = 0.0
    """The video's, in seconds."""
    warnings: Sequence[Mapping[str, str]] = ()
    """What was adjusted to make the video: `code`, `pointer`, `message`."""
    owner: str = ""
    sent_at: float = 0.0
    """When the job's first message was sent, by SQS's clock; the other times are by workers' clocks."""
    created_at: float = 0.0
    """When a worker claimed the job for the first time."""
    claimed_at: float = 0.0
    """When the latest attempt began."""
    ended_at: float = 0.0
    stages: Mapping[str, float] = dataclasses.field(default_factory=dict)
    """Seconds of each stage of the attempt that ended, in their order."""
    updated_at: float = 0.0
    lease_expires_at: float = 0.0
    cancel_requested_at: float = 0.0
    """When an operator cancelled the job; the status is CANCELLED once a worker has stopped it and recorded that."""

    @property
    def has_ended(self) -> bool:
        """Whether the job is complete, has failed or was cancelled; no worker changes it again."""
        return self.status in ENDED

    @property
    def is_being_cancelled(self) -> bool:
        """Whether an operator cancelled the job, and no worker has recorded that as its end yet."""
        return self.cancel_requested_at > 0 and not self.has_ended

    @property
    def is_settled(self) -> bool:
        """Whether the job has ended and its webhook has too: no worker writes to the entry any more."""
        return self.has_ended and self.webhook != "PENDING"

    @property
    def has_webhook_trouble(self) -> bool:
        """Whether the backend does not know the end, though it should."""
        is_late = self.webhook == "PENDING" and bool(self.webhook_answer)
        return self.has_ended and (is_late or self.webhook == "REFUSED" or self.webhook in NOT_NOTIFIED)

    @property
    def webhook_summary(self) -> str:
        """The final webhook's state, the receiver's last answer, and the number of requests, in words."""
        words = self.webhook.lower().replace("_", " ") or "unknown"
        if self.webhook_answer and self.webhook != "DELIVERED":
            said = f"answered with {self.webhook_answer}" if self.webhook_answer.isdecimal() else self.webhook_answer
            words = f"{words}: {said}"
        if self.webhook_attempts:
            words = f"{words}, after {count(self.webhook_attempts, 'request')}"
        return words

    @property
    def is_abandoned(self) -> bool:
        """Whether the lease has expired and no other worker has claimed the job yet."""
        return self.status == "RENDERING" and 0 < self.lease_expires_at < time.time()


def job_state(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState | None:
    """A job's entry; None if no worker has received the job yet. Raises botocore's errors."""
    item = dynamodb.get_item(TableName=table, Key={"job_id": {"S": job_id}}, ConsistentRead=True).get("Item")
    return None if item is None else parse_entry(item)


def job_states(dynamodb: "DynamoDBClient", table: str, job_ids: Sequence[str]) -> dict[str, JobState]:
    """The entries of many jobs by id; jobs without an entry are left out. Raises botocore's errors."""
    return {item["job_id"]["S"]: parse_entry(item) for item in read_items(dynamodb, table, job_ids, _ATTRIBUTES)}


def read_items(
    dynamodb: "DynamoDBClient", table: str, keys: Iterable[str], attributes: Sequence[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """The items of these keys in DynamoDB's typed form, in any order, with all or with these attributes; a key without
    an item is left out. Raises botocore's errors."""
    names = {f"#{number}": name for number, name in enumerate(attributes)}
    asked: Any = {"ProjectionExpression": ",".join(names), "ExpressionAttributeNames": names} if names else {}
    wanted: list[Any] = [{"job_id": {"S": key}} for key in dict.fromkeys(keys)]
    pause = 0.0
    while wanted:
        answer = dynamodb.batch_get_item(RequestItems={table: asked | {"Keys": wanted[:BATCH]}})
        yield from answer["Responses"].get(table, [])
        unread = answer["UnprocessedKeys"].get(table)
        wanted = [*(unread["Keys"] if unread else ()), *wanted[BATCH:]]
        # DynamoDB throttles the table: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
        pause = min(max(2 * pause, _LONGEST_PAUSE / 16), _LONGEST_PAUSE) if unread else 0.0
        time.sleep(pause)


def follow(
    read_state: Callable[[], JobState | None],
    on_state: Callable[[JobState | None], None],
    *,
    seconds: float | None = None,
) -> JobState | None:
    """Poll a job once per second until it has ended.

    Params:
        read_state: reads the job.
        on_state: called with each state that was read.
        seconds: longest wait; default: no limit.

    Returns the last state read; if the time ran out, the job has not ended.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        state = read_state()
        on_state(state)
        if (state is not None and state.has_ended) or (deadline is not None and time.monotonic() >= deadline):
            return state
        time.sleep(POLL_SECONDS)


def parse_entry(item: Mapping[str, Any]) -> JobState:
    """Parse an item in DynamoDB's typed form; an absent attribute has its default.

    An item that no worker wrote has the status UNREADABLE, so that it holds up no list of jobs.
    """
    try:
        return _parse(item)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        job_id = str(item.get("job_id", {}).get("S", ""))
        return JobState(job_id, "UNREADABLE", error=f"no worker wrote this entry: {error}")


def _parse(item: Mapping[str, Any]) -> JobState:
    values = {name: _DESERIALIZER.deserialize(typed) for name, typed in item.items()}
    payload, stages = _json_object(values.get("payload")), _json_object(values.get("stages"))
    return JobState(
        job_id=str(values.get("job_id", "")),
        status=str(values.get("status", "UNKNOWN")),
        stage=str(values.get("stage", "")),
        progress=int(values.get("progress", 0)),
        attempt=int(values.get("attempt", 0)),
        video_id=str(values.get("video_id", "")),
        property_id=str(values.get("property_id", "")),
        outputs=dict(values.get("outputs") or {}),
        error=str(values.get("error", "")),
        error_code=str(payload.get("error_code", "")),
        error_pointer=str(payload.get("error_pointer", "")),
        retryable=bool(values.get("retryable", False)),
        webhook=str(values.get("webhook_state", "")),
        webhook_answer=str(values.get("webhook_answer", "")),
        webhook_attempts=int(values.get("webhook_attempts", 0)),
        processing_time=str(payload.get("processing_time", "")),
        duration=float(payload.get("duration", 0)),
        warnings=[
            {name: str(warning.get(name, "")) for name in ("code", "pointer", "message")}
            for warning in payload.get("warnings", ())
        ],
        owner=str(values.get("owner", "")),
        sent_at=float(values.get("sent_at", 0)) / 1000,
        created_at=float(values.get("created_at", 0)),
        claimed_at=float(values.get("claimed_at", 0)),
        ended_at=float(values.get("ended_at", 0)),
        stages={name: float(seconds) for name, seconds in stages.items()},
        updated_at=float(values.get("updated_at", 0)),
        lease_expires_at=float(values.get("lease_expires_at", 0)),
        cancel_requested_at=float(values.get("cancel_requested_at", 0)),
    )


def _json_object(text: object) -> Mapping[str, Any]:
    """An attribute that is JSON, such as the webhook's payload; empty if the job hasn't ended."""
    if not isinstance(text, str):
        return {}
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
