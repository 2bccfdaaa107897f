"""A queue with a dead-letter queue, a bucket and a table for each test, in the AWS under test."""

import itertools
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from embedded.aws import EmbeddedAws
from tests.ledger_table import create_ledger
from tests.second.aws import aws_under_test
from tests.second.differences import DIFFERENCES
from worker.aws.queue import JobQueue

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

TRIES = 3
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the failures that the table of differences lists, and no others."""
    under_test = "second" if os.environ.get("SECOND_AWS") else "moto"
    for item in items:
        difference = DIFFERENCES.get(item.name)
        if difference and difference.departs == under_test:
            item.add_marker(pytest.mark.xfail(reason=f"{difference.what} AWS: {difference.source}", strict=True))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with aws_under_test(tmp_path_factory.mktemp("aws") / "aws.log") as running:
        yield running


@dataclass(frozen=True)
class Queues:
    """A job queue of `TRIES` tries, and its dead-letter queue."""

    sqs: "SQSClient"
    url: str
    dead_url: str

    def jobs(self, lease_seconds: int = 30) -> JobQueue:
        return JobQueue(self.sqs, self.url, lease_seconds)

    def send(self, body: str = "{}", **more: Any) -> str:
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **more)["MessageId"]

    def arn(self, url: str) -> str:
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]

    def receive_now(self, url: str | None = None, **more: Any) -> list[Any]:
        """What is visible now; it stays visible."""
        answer = self.sqs.receive_message(
            QueueUrl=url or self.url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=0,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            **more,
        )
        return list(answer.get("Messages", []))


@pytest.fixture
def queues(aws: EmbeddedAws) -> Queues:
    sqs: SQSClient = aws.client("sqs")
    name = f"queue-{next(_numbers)}"
    dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
    return Queues(sqs, sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"], dead)


@dataclass(frozen=True)
class Bucket:
    """An empty bucket."""

    s3: "S3Client"
    name: str

    def keys(self) -> set[str]:
        return {item["Key"] for item in self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])}


@pytest.fixture
def bucket(aws: EmbeddedAws) -> Bucket:
    name = f"bucket-{next(_numbers)}"
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return Bucket(aws.client("s3"), name)


@pytest.fixture
def table(aws: EmbeddedAws) -> "tuple[DynamoDBClient, str]":
    """The ledger's table, as Terraform makes it."""
    name = f"table-{next(_numbers)}"
    client: DynamoDBClient = aws.client("dynamodb")
    create_ledger(client, name)
    return client, name
