"""The messages that the ledger keeps of jobs, and whether sending one again would take a newer video back."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ops.aws.job_index import keys_in_index
from ops.aws.ledger import JobState, job_states, read_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def kept_messages(dynamodb: "DynamoDBClient", table: str, jobs: Iterable[JobState]) -> Iterator[tuple[str, bytes]]:
    """The ids of those of the jobs whose messages the ledger keeps, with the compressed message. Raises botocore's
    errors."""
    for item in read_items(dynamodb, table, (job.job_id for job in jobs), ("job_id", "kept_message")):
        if "kept_message" in item:
            yield item["job_id"]["S"], item["kept_message"]["B"]


def newer_job(dynamodb: "DynamoDBClient", table: str, job: JobState) -> JobState | None:
    """A job of the same video that was sent later, if a worker has seen one: its video would be replaced by this job's.

    Raises `UsageError` where the table has no index of videos yet, and botocore's errors.
    """
    if not job.video_id:
        return None
    keys = keys_in_index(dynamodb, table, "video_id", job.video_id, since=0.0)
    others = job_states(dynamodb, table, [key for _, key in keys if key != job.job_id]).values()
    newer = [each for each in others if each.property_id == job.property_id and _sent(each) > _sent(job)]
    return max(newer, key=_sent, default=None)


def _sent(job: JobState) -> tuple[float, float]:
    return job.sent_at, job.created_at
