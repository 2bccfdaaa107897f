"""SQS queues: their numbers of messages, and the age of the oldest message."""

import datetime
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_sqs import SQSClient

_METRICS_MINUTES = 15
"""Oldest measurement that still counts as current, in minutes: CloudWatch shows SQS's metrics minutes later.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"""


@dataclass(frozen=True)
class QueueState:
    """A queue now: messages that wait, that a worker holds, and that are delayed. All numbers are approximate."""

    url: str
    arn: str
    visible: int
    in_flight: int
    delayed: int
    dead_letter_arn: str | None
    tries: int | None

    @property
    def name(self) -> str:
        """The queue's name, the last part of its URL."""
        return self.url.rpartition("/")[2]

    @property
    def total(self) -> int:
        """All messages in the queue."""
        return self.visible + self.in_flight + self.delayed

    @property
    def dead_letter_url(self) -> str:
        """The dead-letter queue's URL, in the same account and region. Raises `UsageError` if there is none."""
        if self.dead_letter_arn is None:
            raise UsageError(f"{self.name} has no dead-letter queue: name the job queue with --queue-url.")
        return f"{self.url.rpartition('/')[0]}/{self.dead_letter_arn.rpartition(':')[2]}"


def describe_queue(sqs: "SQSClient", url: str) -> QueueState:
    """The state of a queue. Raises botocore's errors."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    tries = redrive.get("maxReceiveCount")
    return QueueState(
        url=url,
        arn=attributes["QueueArn"],
        visible=int(attributes["ApproximateNumberOfMessages"]),
        in_flight=int(attributes["ApproximateNumberOfMessagesNotVisible"]),
        delayed=int(attributes["ApproximateNumberOfMessagesDelayed"]),
        dead_letter_arn=redrive.get("deadLetterTargetArn"),
        tries=None if tries is None else int(tries),
    )


def oldest_seconds(cloudwatch: "CloudWatchClient", queue: QueueState) -> float | None:
    """Age of the oldest message in seconds, by CloudWatch's last measurement, since SQS itself doesn't report it.

    None if there is no measurement, or CloudWatch refuses. Raises botocore's other errors.
    """
    now = datetime.datetime.now(datetime.UTC)
    try:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": queue.name}],
            StartTime=now - datetime.timedelta(minutes=_METRICS_MINUTES),
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
    except ClientError:
        return None
    return max(points, key=lambda point: point["Timestamp"])["Maximum"] if points else None
