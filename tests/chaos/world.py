"""One small world: a queue with its dead letters, a ledger, a bucket, two workers, each behind a proxy of its own."""

import base64
import contextlib
import itertools
import json
import os
import secrets
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.aws import EmbeddedAws
from embedded.proxy import Call, Fault, FaultProxy
from embedded.workers import WorkerProcess
from tests.chaos.receiver import Heard, Mood, Receiver

TRIES = 3
_numbers = itertools.count(1)


@dataclass
class Worker:
    """A worker that ECS keeps: where it dies, another takes its place, without its predecessor's bad luck."""

    world: "World"
    number: int
    environment: dict[str, str]
    lives: list[WorkerProcess] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)

    def start(self, *, first: bool) -> None:
        environment = dict(self.world.environment)
        environment["AWS_ENDPOINT_URL"] = self.proxy.endpoint
        environment["TMPDIR"] = str(self.world.folder)
        if first:
            environment |= self.environment
        log = self.world.folder / f"worker-{self.number}-{len(self.lives)}.log"
        self.lives.append(WorkerProcess(self.world.aws, environment, log, module="tests.chaos.quick_worker"))

    def open(self, stack: contextlib.ExitStack) -> None:
        self.proxy = stack.enter_context(FaultProxy(self.world.aws.endpoint, self._plan))
        self.start(first=True)
        stack.callback(self.stop)

    def stop(self) -> None:
        """End the life that is on now."""
        self.lives[-1].stop()

    def signal(self, number: int) -> None:
        """Send a signal to the living process; it may have died by itself."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.lives[-1].pid, number)

    def _plan(self, call: Call) -> Fault | None:
        return self.world.plan(self, call)


@dataclass
class World:
    """A context manager. `plan(worker, call)` says what goes wrong with a call; `moods` are the webhook receiver's."""

    aws: EmbeddedAws
    clip: Path
    plan: Callable[[Worker, Call], Fault | None]
    moods: list[Mood] = field(default_factory=list)
    on_heard: Callable[["World", Heard], None] = lambda _world, _heard: None
    environments: tuple[dict[str, str], ...] = ({}, {})

    def __post_init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.workers: list[Worker] = []
        self.sent: dict[str, list[str]] = {}

    def __enter__(self) -> "World":
        name = f"chaos-{next(_numbers)}"
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=name)))
        self.sqs, self.s3, self.dynamodb = (self.aws.client(each) for each in ("sqs", "s3", "dynamodb"))
        self.dead_url = self.sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])
        arn = told["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
        self.queue_url = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        self.bucket = self.table = name
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.s3.upload_file(str(self.clip), name, "videos/été.MOV")
        self.dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
        )
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.receiver = self._stack.enter_context(
            Receiver(secret, list(self.moods), lambda heard: self.on_heard(self, heard))
        )
        self.environment = {
            "SQS_QUEUE_URL": self.queue_url,
            "MEDIA_BUCKET": name,
            "JOBS_TABLE": name,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "WEBHOOK_URL": self.receiver.url,
            "WEBHOOK_SECRET": secret,
        }
        for number, environment in enumerate(self.environments):
            worker = Worker(self, number, environment)
            self.workers.append(worker)
            worker.open(self._stack)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def source(self) -> str:
        return f"s3://{self.bucket}/videos/été.MOV"

    def send(self, body: str, job_id: str | None) -> None:
        """Send a message; `job_id` None: one that nobody can be told of."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        self.sent.setdefault(job_id or "", []).append(body)

    def depth(self, url: str) -> int:
        """Messages that wait or are in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def dead_letters(self) -> list[dict[str, Any]]:
        """What lies in the dead-letter queue."""
        found: dict[str, dict[str, Any]] = {}
        for _ in range(20):
            answer = self.sqs.receive_message(
                QueueUrl=self.dead_url, MaxNumberOfMessages=10, VisibilityTimeout=1, MessageAttributeNames=["All"]
            )
            messages = answer.get("Messages", [])
            if not messages and len(found) >= self.depth(self.dead_url):
                break
            found |= {message["MessageId"]: message for message in messages}
        return list(found.values())

    def entry(self, job_id: str) -> dict[str, Any]:
        """A job's item in the ledger, `{}` where there is none."""
        item = self.dynamodb.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def keys(self) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def standing(self) -> str:
        """Where everything is, for whoever has to find out why a world didn't settle."""
        entries = {job_id: self.entry(job_id) for job_id in self.sent if job_id}
        calls = [[f"{call.operation} {call.status}" for call in worker.proxy.calls[-12:]] for worker in self.workers]
        depths = self.depth(self.queue_url), self.depth(self.dead_url)
        return f"depths {depths}, renders {self.renders()}, entries {entries}, last calls {calls}"

    def logs(self) -> Iterator[str]:
        for log in sorted(self.folder.glob("worker-*.log")):
            yield from log.read_text(encoding="utf-8").splitlines()

    def renders(self) -> list[int]:
        """Process ids of FFmpeg at work below this world's folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if f"{self.folder}/job-".encode() in entry.read_bytes():
                    found.append(int(entry.parent.name))
        return found

    def kill_render(self) -> None:
        """`kill -9` of the next FFmpeg that shows itself."""
        for _ in range(400):
            for pid in self.renders():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.005)

    def settle(self, is_settled: Callable[[], bool], seconds: float) -> bool:
        """Replace dead workers, as ECS does, until all is quiet. Returns False where it never is."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for worker in self.workers:
                if not worker.lives[-1].running:
                    worker.start(first=False)
            if is_settled():
                return True
            time.sleep(0.2)
        return False


def later(action: Callable[[], None], seconds: float) -> None:
    """Do something on a thread of its own."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
