"""SQS's own move of all dead letters back to the job queue.

It runs in AWS, whether or not anybody watches.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ops.queues import Queue

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_POLL_SECONDS = 1.0
_UNDER_WAY = frozenset({"RUNNING", "CANCELLING"})


@dataclass(frozen=True)
class Move:
    """How far a move is: `status` is SQS's, COMPLETED at its good end."""

    status: str
    moved: int
    failure: str = ""


def start_move(sqs: "SQSClient", dead: Queue, jobs: Queue) -> None:
    """Begin to move every message. Raises botocore's errors, also where a move is under way already.

    The destination is named: messages that a worker set aside were sent here, and have no source to return to.
    """
    sqs.start_message_move_task(SourceArn=dead.arn, DestinationArn=jobs.arn)


def wait_for_move(sqs: "SQSClient", dead: Queue) -> Move:
    """Wait until the latest move has ended, however it did."""
    while True:
        for latest in sqs.list_message_move_tasks(SourceArn=dead.arn, MaxResults=1).get("Results", []):
            if latest["Status"] not in _UNDER_WAY:
                moved = latest.get("ApproximateNumberOfMessagesMoved", 0)
                return Move(latest["Status"], moved, latest.get("FailureReason", ""))
        time.sleep(_POLL_SECONDS)
