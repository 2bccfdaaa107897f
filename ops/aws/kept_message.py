"""The message that the ledger keeps of a job, and whether sending it again would take a newer video back."""

from typing import TYPE_CHECKING

from ops.aws.job_index import JobFilter, find_jobs
from ops.aws.ledger import JobState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def kept_message(dynamodb: "DynamoDBClient", table: str, job_id: str) -> bytes | None:
    """The compressed message of a job; None where the ledger keeps none. Raises botocore's errors."""
    answer = dynamodb.get_item(TableName=table, Key={"job_id": {"S": job_id}}, ProjectionExpression="kept_message")
    return answer.get("Item", {}).get("kept_message", {}).get("B")


def newer_job(dynamodb: "DynamoDBClient", table: str, job: JobState) -> JobState | None:
    """A job of the same video that was sent later, if a worker has seen one: its video would be replaced by this job's.

    Raises `UsageError` where the table has no index of videos yet, and botocore's errors.
    """
    if not job.video_id:
        return None
    others = find_jobs(dynamodb, table, JobFilter(job.video_id, job.property_id))
    sent = (job.sent_at, job.created_at)
    return next((each for each in others if (each.sent_at, each.created_at) > sent), None)
