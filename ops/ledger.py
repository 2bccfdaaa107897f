"""Jobs as the ledger knows them: read one, follow one, list many. Never written here: that is the workers'."""

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

POLL_SECONDS = 1.0
ENDED = frozenset({"COMPLETE", "ERROR"})

_LISTED = "job_id, video_id, property_id, #status, stage, progress, attempt, #error, retryable, created_at, updated_at"
_BATCH = 100  # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html


@dataclass(frozen=True)
class JobState:
    """A job's entry in the ledger; times are Unix seconds, 0 where there is none yet."""

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
    owner: str = ""
    created_at: float = 0.0
    updated_at: float = 0.0
    lease_expires_at: float = 0.0

    @property
    def has_ended(self) -> bool:
        """Whether no worker will touch it again of its own accord."""
        return self.status in ENDED

    @property
    def is_abandoned(self) -> bool:
        """Whether its worker is gone: its lease has run out, and no other has taken it yet."""
        return self.status == "RENDERING" and 0 < self.lease_expires_at < time.time()


@dataclass(frozen=True)
class Listing:
    """Jobs, newest first, and what it took to find them."""

    jobs: Sequence[JobState]
    scanned: int
    read_units: float


def job_state(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState | None:
    """A job's entry; None while no worker has seen it. Raises botocore's errors."""
    item = dynamodb.get_item(TableName=table, Key={"job_id": {"S": job_id}}, ConsistentRead=True).get("Item")
    return None if item is None else read(item)


def job_states(dynamodb: "DynamoDBClient", table: str, job_ids: Sequence[str]) -> dict[str, JobState]:
    """The entries of many jobs by id, those that there are. Raises botocore's errors."""
    found: dict[str, JobState] = {}
    wanted: list[Any] = [{"job_id": {"S": job_id}} for job_id in dict.fromkeys(job_ids)]
    while wanted:
        answer = dynamodb.batch_get_item(RequestItems={table: {"Keys": wanted[:_BATCH]}})
        for item in answer["Responses"].get(table, []):
            found[item["job_id"]["S"]] = read(item)
        unread = answer["UnprocessedKeys"].get(table)
        wanted = [*(unread["Keys"] if unread else ()), *wanted[_BATCH:]]
    return found


def follow(
    look: Callable[[], JobState | None], on_state: Callable[[JobState | None], None], *, seconds: float | None = None
) -> JobState | None:
    """Wait for a job's end.

    Params:
        look: reads the job.
        on_state: hears of it at each look, once a second.
        seconds: how long to wait at most; None: however long it takes.

    Returns the last that was seen, which may not have ended where the time ran out.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        state = look()
        on_state(state)
        if (state is not None and state.has_ended) or (deadline is not None and time.monotonic() >= deadline):
            return state
        time.sleep(POLL_SECONDS)


def list_jobs(dynamodb: "DynamoDBClient", table: str, *, status: str | None, since: float | None) -> Listing:
    """Every job with this `status` that was touched after `since` (Unix seconds), newest first.

    DynamoDB finds them by reading the whole table, whatever comes of it: half a read unit for 4 KB.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html Raises botocore's errors.
    """
    conditions, values = [], {}
    if status:
        conditions.append("#status = :status")
        values[":status"] = {"S": status}
    if since:
        conditions.append("updated_at >= :since")
        values[":since"] = {"N": f"{since:.3f}"}
    arguments: dict[str, Any] = {"FilterExpression": " AND ".join(conditions)} if conditions else {}
    if values:
        arguments["ExpressionAttributeValues"] = values
    jobs: list[JobState] = []
    scanned, units = 0, 0.0
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=table,
        ProjectionExpression=_LISTED,
        ExpressionAttributeNames={"#status": "status", "#error": "error"},
        ReturnConsumedCapacity="TOTAL",
        **arguments,
    )
    for page in pages:
        jobs.extend(read(item) for item in page["Items"])
        scanned += page["ScannedCount"]
        units += page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
    jobs.sort(key=lambda job: job.created_at, reverse=True)
    return Listing(jobs, scanned, units)


def read(item: Mapping[str, Any]) -> JobState:
    """An entry as DynamoDB gives it; what isn't there yet has its default."""
    values = dict(_plain(item))
    payload = _payload(values.get("payload"))
    return JobState(
        job_id=str(values.get("job_id", "")),
        status=str(values.get("status", "UNKNOWN")),
        stage=str(values.get("stage", "")),
        progress=int(values.get("progress", 0)),
        attempt=int(values.get("attempt", 0)),
        video_id=str(values.get("video_id", "")),
        property_id=str(values.get("property_id", "")),
        outputs={name: next(iter(key.values())) for name, key in (values.get("outputs") or {}).items()},
        error=str(values.get("error", "")),
        error_code=str(payload.get("error_code", "")),
        error_pointer=str(payload.get("error_pointer", "")),
        retryable=bool(values.get("retryable", False)),
        webhook=str(values.get("webhook_state", "")),
        owner=str(values.get("owner", "")),
        created_at=float(values.get("created_at", 0)),
        updated_at=float(values.get("updated_at", 0)),
        lease_expires_at=float(values.get("lease_expires_at", 0)),
    )


def _plain(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, typed in item.items():
        ((kind, value),) = typed.items()
        yield name, float(value) if kind == "N" else value


def _payload(text: object) -> Mapping[str, Any]:
    """What the webhook carries; nothing where the job hasn't ended."""
    if not isinstance(text, str):
        return {}
    try:
        payload = json.loads(text)
    except ValueError:
        return {}
    return payload if isinstance(payload, dict) else {}
