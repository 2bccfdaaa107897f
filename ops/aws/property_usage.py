"""What the jobs of each property used per day, as the workers have counted it: one item per property and UTC day, in
the ledger's table (`worker/aws/usage.py` writes them)."""

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.aws.job_index import keys_in_index
from ops.aws.ledger import read_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT_DAYS = 400
"""Days for which an item is kept."""

_STATUS = "USAGE"
"""The items' key in the index of statuses, which finds them by day."""


@dataclass(frozen=True)
class Usage:
    """What tries of jobs have used, and made."""

    tries: int = 0
    videos: int = 0
    video_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Processor time."""
    worker_seconds: float = 0.0
    """Time for which the tries had a worker, from claim to end."""
    bytes_fetched: int = 0
    bytes_published: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        names = [field.name for field in dataclasses.fields(self)]
        return Usage(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True)
class DayOfProperty:
    """The usage of a property on one UTC day."""

    property_id: str
    day: datetime.date
    usage: Usage


def read_usage(
    dynamodb: "DynamoDBClient", table: str, first: datetime.date, last: datetime.date, property_id: str = ""
) -> Iterator[DayOfProperty]:
    """The usage of each property on each day from `first` to `last`, in any order; of one property where it is named.

    Raises `UsageError` where the table has no index yet, and botocore's errors.
    """
    if property_id:
        days = (last - first).days + 1
        keys = [usage_key(property_id, first + datetime.timedelta(number)) for number in range(days)]
    else:
        midnight = datetime.datetime.combine(first, datetime.time(), datetime.UTC).timestamp()
        keys = [key for _, key in keys_in_index(dynamodb, table, "status", _STATUS, midnight)]
    for item in read_items(dynamodb, table, keys):
        found = _parse(item)
        if found.day <= last:
            yield found


def usage_key(property_id: str, day: datetime.date) -> str:
    """Key of the item of a property and a day: a name that no job has, since ids hold no slash."""
    return f"usage/{property_id}/{day}"


def total(usages: Iterable[Usage]) -> Usage:
    """The sum."""
    return sum(usages, Usage())


def _parse(item: Mapping[str, Any]) -> DayOfProperty:
    """An item in DynamoDB's typed form; an absent number is 0."""
    _, property_id, day = item["job_id"]["S"].split("/")

    def number(name: str) -> float:
        return float(item.get(name, {"N": "0"})["N"])

    usage = Usage(
        tries=int(number("tries")),
        videos=int(number("videos")),
        video_seconds=number("video_seconds"),
        cpu_seconds=number("cpu_seconds"),
        worker_seconds=number("worker_seconds"),
        bytes_fetched=int(number("bytes_fetched")),
        bytes_published=int(number("bytes_published")),
    )
    return DayOfProperty(property_id, datetime.date.fromisoformat(day), usage)
