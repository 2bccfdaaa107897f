"""Counts what each property uses per day: one item per property and UTC day, in the ledger's table.

A try is counted in two writes. Just before its end is recorded, what it has used is added, and its name to the item's
set of open tries; just after, what it has made is added, and its name removed. Both are conditional on that set, so a
write that is repeated because its answer was lost counts once, and a try counts once however it ends. What a killed
worker used is unknown, and not counted; a worker that is killed between the two writes leaves its try open, and its
video uncounted.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worker.aws.ledger import Claim
from worker.aws.outages import Outages
from worker.aws.table import Table, seconds
from worker.clock import now

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPIRY_DAYS = 400
"""Days after which DynamoDB removes an item: the same day of last year can be compared, and a month is left for it."""

_STATUS = "USAGE"
"""The items' key in the index `by-status`, which no job has: it finds them by day."""

_DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Try:
    """A try, as its usage is counted.

    - `name`: no other try has it.
    - `property_id`: whose job it is.
    - `began_at`: when it was claimed, in seconds since 1970. It counts for that day.
    """

    name: str
    property_id: str
    began_at: float

    @property
    def midnight(self) -> int:
        """When its day began, in seconds since 1970."""
        return int(self.began_at // _DAY_SECONDS) * _DAY_SECONDS

    @property
    def item(self) -> str:
        """Key of the item that counts it: a name that no job has, since ids hold no slash."""
        day = datetime.datetime.fromtimestamp(self.midnight, datetime.UTC)
        return f"usage/{self.property_id}/{day:%Y-%m-%d}"


def begin_try(claim: Claim, property_id: str) -> Try:
    """The try that begins now with a claim."""
    return Try(f"{claim.job_id}/{claim.attempt}", property_id, now())


@dataclass(frozen=True)
class Used:
    """What a try has used: processor seconds of the worker, its programs and its helpers, seconds for which it had the
    worker, and bytes of sources."""

    cpu_seconds: float
    worker_seconds: float
    bytes_fetched: int


@dataclass(frozen=True)
class Made:
    """What a try has published: videos (0 or 1), their seconds, and the bytes of all its files."""

    videos: int = 0
    video_seconds: float = 0.0
    bytes_published: int = 0


NOTHING = Made()


class UsageCounter:
    """Counts tries; `outages` waits out outages of DynamoDB."""

    def __init__(self, client: "DynamoDBClient", table: str, outages: Outages) -> None:
        self._table = Table(outages.patient(client), table)

    def add_used(self, one: Try, used: Used) -> None:
        """Count what a try has used, before its end is recorded. Raises botocore's errors."""
        self._add(
            one,
            "SET #status = :status, created_at = :midnight, expires_at = :expiry "
            "ADD tries :one, cpu_seconds :cpu, worker_seconds :worker, bytes_fetched :bytes, open_tries :names",
            "attribute_not_exists(open_tries) OR NOT contains(open_tries, :name)",
            {
                ":status": _STATUS,
                ":midnight": one.midnight,
                ":expiry": one.midnight + EXPIRY_DAYS * _DAY_SECONDS,
                ":one": 1,
                ":cpu": seconds(used.cpu_seconds),
                ":worker": seconds(used.worker_seconds),
                ":bytes": used.bytes_fetched,
            },
        )

    def add_made(self, one: Try, made: Made) -> None:
        """Count what a try has made, once its end is recorded. Raises botocore's errors."""
        self._add(
            one,
            "ADD videos :videos, video_seconds :seconds, bytes_published :bytes DELETE open_tries :names",
            "contains(open_tries, :name)",
            {":videos": made.videos, ":seconds": seconds(made.video_seconds), ":bytes": made.bytes_published},
        )

    def _add(self, one: Try, expression: str, condition: str, values: Mapping[str, Any]) -> None:
        """Update the item of a try on a condition that doesn't hold where the same was written before."""
        self._table.update(one.item, expression, {**values, ":name": one.name, ":names": {one.name}}, condition)
