"""`hospup-video` as a process, in an embedded AWS whose resources boto3 made."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from tests import forks
from tests.ledger_table import create_ledger
from tests.ops.deployed import Deployed
from tests.ops.scripted import Scripted

ROOT = Path(__file__).parents[2]
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with EmbeddedAws(log=tmp_path_factory.mktemp("aws") / "aws.log") as running:
        yield running


@dataclass(frozen=True)
class Ran:
    """A command's output and exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Operator:
    """An operator's shell in a repository's folder; `variables` are its exported variables."""

    aws: EmbeddedAws
    variables: dict[str, str] = field(default_factory=dict)
    root: Path = ROOT

    def run(self, *arguments: str, answer: str | None = None, **variables: str) -> Ran:
        """`hospup-video ARGUMENTS`; `answer` is typed, else standard input is empty."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = self.aws.environment(inherited) | self.variables | variables
        if self.root == ROOT and "COLUMNS" not in environment:  # Rich reads it when it is imported
            done = forks.run("ops", arguments, environment, ROOT, answer or "")
        else:
            done = subprocess.run(
                [sys.executable, "-m", "ops", *arguments],
                cwd=self.root,
                env=environment,
                input=answer,
                stdin=subprocess.DEVNULL if answer is None else None,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)


@dataclass
class Site(Operator):
    """An operator, and the queues and the ledger that the shell's variables name."""

    queue_url: str = ""
    dead_url: str = ""
    table: str = ""

    def send(self, url: str, body: Any, *, group: str = "21", **attributes: str) -> str:
        answer = self.aws.client("sqs").send_message(
            QueueUrl=url,
            MessageBody=body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
            MessageGroupId=group,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return str(answer["MessageId"])

    def bodies(self, url: str) -> list[str]:
        """The messages of a queue, without removing them."""
        found = self.aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [message["Body"] for message in found.get("Messages", [])]

    def groups(self, url: str) -> list[str | None]:
        """The message groups of a queue's messages, without removing them."""
        found = self.aws.client("sqs").receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageSystemAttributeNames=["MessageGroupId"]
        )
        return [message.get("Attributes", {}).get("MessageGroupId") for message in found.get("Messages", [])]

    def enter(self, job_id: str, **values: Any) -> None:
        """Put a job into the ledger, as a worker would have left it."""
        now = time.time()
        entry = {
            "status": "RENDERING",
            "stage": "rendering",
            "progress": 40,
            "attempt": 1,
            "video_id": f"video-{job_id}",
            "property_id": "16",
            "created_at": now,
            "updated_at": now,
            "lease_expires_at": now + 90,
        } | values
        self.aws.client("dynamodb").put_item(
            TableName=self.table,
            Item={"job_id": {"S": job_id}, **{name: _typed(value) for name, value in entry.items()}},
        )

    def fail(self, job_id: str, error: str, code: str = "RENDER_FAILED", **values: Any) -> None:
        """Put a failed job into the ledger."""
        payload = json.dumps({"error_code": code, "error_pointer": "/segments/0/video_url"})
        entry = {"status": "ERROR", "stage": "finished", "progress": 0, "error": error, "payload": payload}
        self.enter(job_id, **entry | {"retryable": code == "RENDER_FAILED", "webhook_state": "DELIVERED"} | values)


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case bytes():
            return {"B": value}
        case int() | float():
            return {"N": str(value)}
        case Mapping():
            return {"M": {name: _typed(inner) for name, inner in value.items()}}
    return {"S": value}


@pytest.fixture
def operator(aws: EmbeddedAws) -> Operator:
    return Operator(aws)


@pytest.fixture
def site(aws: EmbeddedAws) -> Site:
    """A job queue with its dead-letter queue, and a ledger: new ones for each test."""
    name = f"site-{next(_numbers)}"
    sqs = aws.client("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    create_ledger(aws.client("dynamodb"), name)
    variables = {"SQS_QUEUE_URL": queue, "JOBS_TABLE": name, "MEDIA_BUCKET": "hospup-files"}
    return Site(aws, variables, queue_url=queue, dead_url=dead, table=name)


@pytest.fixture(scope="session")
def deployed(aws: EmbeddedAws) -> Deployed:
    """The environment `staging`; a test that changes it restores it."""
    return Deployed(aws).make()


@pytest.fixture
def aws_that_refuses(aws: EmbeddedAws) -> Iterator[Operator]:
    """An operator whose role may do nothing; DynamoDB answers as AWS does."""
    refusal = {"__type": "AccessDeniedException", "Message": "User: arn:aws:iam::1:user/x is not authorized"}
    with Scripted({"GetItem": [refusal]}, status=400) as dynamodb:
        yield Operator(aws, dynamodb.variables("DYNAMODB"))
