"""Parts of a job that other workers render: who renders which, and since when."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.aws.ledger import JobState
from worker.aws.parts_ledger import Attempt, PartsLedger

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
    states = PartsLedger(dynamodb, table, "").read(Attempt(job.job_id, job.attempt, ""))
    parts = [
        HelpersPart(number, state.owner, 100 if state.is_done else state.progress, state.claimed_at, state.ended_at)
        for number, state in states.items()
        if state.owner != job.owner and (state.is_done or not job.has_ended)
    ]
    return sorted(parts, key=lambda part: (part.claimed_at, part.number))
