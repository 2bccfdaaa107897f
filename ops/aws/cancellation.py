"""Cancels jobs: a mark in the ledger, which workers read when they claim a job and at each renewal of their claim."""

import time
from typing import TYPE_CHECKING, Any

from ops.aws.ledger import JobState, parse_entry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EXPIRY_DAYS = 30
"""Days after which DynamoDB removes the entry of a job that no worker has received, as it does the others: SQS keeps
messages for less."""


def request_cancellation(dynamodb: "DynamoDBClient", table: str, job_id: str) -> JobState:
    """Cancel a job, also one that no worker has received yet; twice does no harm.

    Returns its entry: `cancel_requested_at` is 0 where that was too late, because the job has ended, or its video has
    begun to appear. Raises botocore's errors.
    """
    now = f"{time.time():.3f}"
    try:
        answer = dynamodb.update_item(
            TableName=table,
            Key={"job_id": {"S": job_id}},
            UpdateExpression=(
                "SET cancel_requested_at = if_not_exists(cancel_requested_at, :now), updated_at = :now, "
                "#status = if_not_exists(#status, :queued), created_at = if_not_exists(created_at, :now), "
                "expires_at = if_not_exists(expires_at, :expiry)"
            ),
            ConditionExpression=(
                "attribute_not_exists(#status) OR "
                "#status IN (:queued, :rendering) AND attribute_not_exists(publishing_at)"
            ),
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":now": {"N": now},
                ":expiry": {"N": str(int(float(now)) + EXPIRY_DAYS * 86_400)},
                ":queued": {"S": "QUEUED"},
                ":rendering": {"S": "RENDERING"},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        refused: Any = error.response  # its type doesn't know that DynamoDB adds the item
        return parse_entry(refused["Item"])
    return parse_entry(answer["Attributes"])
