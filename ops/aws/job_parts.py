"""Parts of a job that other workers render: who renders which, and since when."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer

from ops.aws.ledger import JobState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class HelpersPart:
    """A part of a job's last attempt that a helper has rendered, or renders.

    Params:
        number: the part's, from 0 in the order of the video.
        owner: the helper.
        progress: percent.
        claimed_at, ended_at: when the helper claimed it, and when its files were in S3, in Unix seconds; 0 where that
            is to come.
    """

    number: int
    owner: str
    progress: int
    claimed_at: float
    ended_at: float


def helpers_parts(dynamodb: "DynamoDBClient", table: str, job: JobState) -> list[HelpersPart]:
    """The parts of a job that helpers have rendered, in the order of their claims; those that they render too, while
    the job goes on. Raises botocore's errors."""
    key = {"job_id": {"S": f"parts/{job.job_id}/{job.attempt}"}}
    item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    values = {name: TypeDeserializer().deserialize(typed) for name, typed in item.items()}
    parts = []
    for number in (int(name[1:].partition("_")[0]) for name in values if name.endswith("_owner")):
        part = {name.partition("_")[2]: value for name, value in values.items() if name.startswith(f"p{number}_")}
        is_done = "done" in part
        if part["owner"] != job.owner and (is_done or not job.has_ended):
            progress = 100 if is_done else int(part.get("progress", 0))
            times = float(part.get("claimed", 0)), float(part.get("ended", 0))
            parts.append(HelpersPart(number, str(part["owner"]), progress, *times))
    return sorted(parts, key=lambda part: (part.claimed_at, part.number))
