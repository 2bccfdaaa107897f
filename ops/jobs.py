"""Jobs as an operator sees them: sent to the queue, read from the ledger."""

import json
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

POLL_SECONDS = 1.0
ENDED = frozenset({"COMPLETE", "ERROR"})


@dataclass(frozen=True)
class JobState:
    """A job's entry in the ledger."""

    job_id: str
    status: str
    stage: str
    progress: int
    attempt: int
    outputs: Mapping[str, str]
    error: str


def new_ids(body: str) -> str:
    """The same job under a job_id and video_id of its own; a body that is no JSON object stays as it is."""
    try:
        message = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict):
        return body
    return json.dumps(message | {"job_id": str(uuid.uuid4()), "video_id": str(uuid.uuid4())}, ensure_ascii=False)


def submit(sqs: "SQSClient", queue_url: str, body: str) -> None:
    """Send a message. Raises botocore's errors."""
    sqs.send_message(QueueUrl=queue_url, MessageBody=body)


def job_state(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState | None:
    """A job's entry; None while no worker has seen it. Raises botocore's errors."""
    item = dynamodb.get_item(TableName=table, Key={"job_id": {"S": job_id}}, ConsistentRead=True).get("Item")
    if item is None:
        return None
    return JobState(
        job_id=job_id,
        status=item["status"]["S"],
        stage=item["stage"]["S"],
        progress=int(item["progress"]["N"]),
        attempt=int(item["attempt"]["N"]),
        outputs={name: key["S"] for name, key in item.get("outputs", {"M": {}})["M"].items()},
        error=item.get("error", {}).get("S", ""),
    )


def follow(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState:
    """Wait for a job's end, however long that takes. Raises botocore's errors."""
    while True:
        state = job_state(dynamodb, table, job_id)
        if state is not None and state.status in ENDED:
            return state
        time.sleep(POLL_SECONDS)
