"""Finds jobs in the ledger by an index: by property, video, status, or state of the webhook, newest first.

An index holds only keys, so each job that it finds is read from the table, and judged by what that says: an index may
be a second behind. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html
"""

import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws.ledger import BATCH, JobState, job_state, job_states
from ops.errors import FindingError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

INDEXES = {
    "video_id": "by-video",
    "webhook_state": "by-webhook",
    "status": "by-status",
    "property_id": "by-property",
}
"""Names of the indexes by the attribute that they find jobs by, as modules/data/job_table.py has them."""

STATUSES = ("QUEUED", "RENDERING", "COMPLETE", "ERROR", "CANCELLED")
_PAGE = 250
"""Keys per request: several times what a list shows, and a fraction of DynamoDB's 1 MB."""

_Key = tuple[float, str]
"""When a job began, and its id."""


@dataclass(frozen=True)
class JobFilter:
    """What jobs are looked for; an empty field lets every job pass."""

    video_id: str = ""
    property_id: str = ""
    statuses: Collection[str] = ()
    webhooks: Collection[str] = ()
    code: str = ""
    """Error code of failed jobs."""
    since: float = 0.0
    """Earliest first claim, in Unix seconds: `created_at`, which no later attempt changes."""

    def admits(self, job: JobState) -> bool:
        """Whether a job is one of those looked for."""
        return (
            (not self.video_id or job.video_id == self.video_id)
            and (not self.property_id or job.property_id == self.property_id)
            and (not self.statuses or job.status in self.statuses)
            and (not self.webhooks or job.webhook in self.webhooks)
            and (not self.code or (job.status == "ERROR" and job.error_code == self.code))
            and job.created_at >= self.since
        )

    def keys(self) -> Mapping[str, Collection[str]]:
        """The attributes in whose indexes these jobs are, with their values; one that holds few jobs comes first."""
        keys: dict[str, Collection[str]] = {
            "video_id": [self.video_id] if self.video_id else (),
            "webhook_state": self.webhooks,
            "status": self.statuses or (["ERROR"] if self.code else ()),
            "property_id": [self.property_id] if self.property_id else (),
        }
        return {attribute: values for attribute, values in keys.items() if values} or {"status": STATUSES}


def find_jobs(
    dynamodb: "DynamoDBClient", table: str, wanted: JobFilter, *, after: JobState | None = None
) -> Iterator[JobState]:
    """Find jobs, the newest first, and read no more of them than are taken from the iterator, but for a page.

    Params:
        wanted: what jobs.
        after: the job after which to go on: the last of an earlier search.

    Raises `UsageError` where the table has no such index yet, and botocore's errors.
    """

    def keys_of(attribute: str, values: Collection[str]) -> Iterator[_Key]:
        streams = [keys_in_index(dynamodb, table, attribute, value, wanted.since, after) for value in values]
        return heapq.merge(*streams, key=lambda key: -key[0])

    keys = _fewest(keys_of(attribute, values) for attribute, values in wanted.keys().items())
    # DynamoDB leaves open the order of jobs that began in the same millisecond; an index may still have a job's former
    # status beside the new one.
    ordered = (key for _, group in itertools.groupby(keys, lambda key: key[0]) for key in sorted(set(group)))
    start = (-after.created_at, after.job_id) if after else None
    job_ids = (job_id for created_at, job_id in ordered if start is None or (-created_at, job_id) > start)
    while batch := list(itertools.islice(job_ids, BATCH)):
        entries = job_states(dynamodb, table, batch)
        yield from (entries[job_id] for job_id in batch if job_id in entries and wanted.admits(entries[job_id]))


def _fewest(indexes: Iterable[Iterator[_Key]]) -> Iterator[_Key]:
    """The keys of the index that holds the fewest: one that ends within a page, else the one whose first page reaches
    furthest back."""
    begun: list[tuple[list[_Key], Iterator[_Key]]] = []
    for keys in indexes:
        page = list(itertools.islice(keys, _PAGE))
        if len(page) < _PAGE:
            return iter(page)
        begun.append((page, keys))
    page, rest = min(begun, key=lambda one: one[0][-1][0])
    return itertools.chain(page, rest)


def job_to_go_on_after(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState:
    """The entry of a job that an earlier search ended with. Raises `FindingError` and botocore's errors."""
    job = job_state(dynamodb, table, job_id)
    if job is None or not job.created_at:
        raise FindingError(f"There is no job {job_id} in the ledger: go on after another, or leave out --after.")
    return job


def keys_in_index(
    dynamodb: "DynamoDBClient", table: str, attribute: str, value: str, since: float, after: JobState | None = None
) -> Iterator[_Key]:
    """When they began, and the keys, of the entries whose attribute has this value, newest first, page by page.

    Raises `UsageError` where the table has no such index yet, and botocore's errors.
    """
    index = INDEXES[attribute]
    arguments: dict[str, Any] = {
        "KeyConditionExpression": "#key = :value AND created_at >= :since",
        "ExpressionAttributeNames": {"#key": attribute},
        "ExpressionAttributeValues": {":value": {"S": value}, ":since": {"N": f"{since:.3f}"}},
    }
    if after:
        arguments["KeyConditionExpression"] = "#key = :value AND created_at BETWEEN :since AND :until"
        arguments["ExpressionAttributeValues"][":until"] = {"N": f"{max(after.created_at, since):.3f}"}
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table, IndexName=index, ScanIndexForward=False, PaginationConfig={"PageSize": _PAGE}, **arguments
    )
    try:
        for page in pages:
            for key in page["Items"]:
                yield float(key["created_at"]["N"]), key["job_id"]["S"]
    except ClientError as error:
        # "The table does not have the specified index", "Cannot read from backfilling global secondary index"
        if index in error.response.get("Error", {}).get("Message", ""):
            raise UsageError(
                f"The ledger {table} has no index {index} to look in yet: deploy this release. AWS then fills the "
                f"index, which takes minutes; `aws dynamodb describe-table --table-name {table}` shows its IndexStatus."
            ) from error
        raise
