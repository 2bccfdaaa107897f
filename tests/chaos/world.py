"""One small deployment: a queue with its dead-letter queue, a ledger, a bucket, two workers and a proxy for each."""

import base64
import contextlib
import itertools
import json
import os
import secrets
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.aws import EmbeddedAws
from embedded.proxy import Call, Fault, FaultProxy
from ops.aws.cancellation import request_cancellation
from ops.aws.pause import begin_pause, end_pause
from tests.chaos.receiver import Answer, ReceivedWebhook, Receiver
from tests.forked_worker import ForkedWorker
from tests.ledger_table import create_ledger
from tests.waiting import holds_within

TRIES = 3
_numbers = itertools.count(1)


@dataclass
class Worker:
    """A worker that is restarted when it ends, as by ECS. `environment` is for its first process only."""

    world: "World"
    number: int
    environment: dict[str, str]
    processes: list[ForkedWorker] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)

    def start(self, *, first: bool) -> None:
        environment = dict(self.world.environment)
        environment["AWS_ENDPOINT_URL"] = self.proxy.endpoint
        environment["TMPDIR"] = str(self.world.folder)
        if first:
            environment |= self.environment
        log = self.world.folder / f"worker-{self.number}-{len(self.processes)}.log"
        self.processes.append(ForkedWorker(self.world.aws, environment, log, module="tests.chaos.quick_worker"))

    def open(self, stack: contextlib.ExitStack) -> None:
        self.proxy = stack.enter_context(FaultProxy(self.world.aws.endpoint, self._plan))
        self.start(first=True)
        stack.callback(self.stop)

    def stop(self) -> None:
        """End the current process."""
        self.processes[-1].stop()

    def signal(self, number: int) -> None:
        """Send a signal to the current process, which may have ended by itself."""
        self.world.has_signalled = True
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.processes[-1].pid, number)

    def _plan(self, call: Call) -> Fault | None:
        return self.world.plan(self, call)


@dataclass
class World:
    """A context manager. `plan(worker, call)` returns the fault of a call; `answers` are the webhook receiver's."""

    aws: EmbeddedAws
    clip: Path
    plan: Callable[[Worker, Call], Fault | None]
    answers: list[Answer] = field(default_factory=list)
    on_webhook: Callable[["World", ReceivedWebhook], None] = lambda _world, _webhook: None
    environments: tuple[dict[str, str], ...] = ({}, {})
    environment: dict[str, str] = field(default_factory=dict)
    has_helpers: bool = False
    """Whether idle workers render parts."""

    def __post_init__(self) -> None:
        self._stack = contextlib.ExitStack()
        self.workers: list[Worker] = []
        self.sent: dict[str, list[str]] = {}
        self.cancelled: set[str] = set()
        """Jobs that were cancelled in time."""
        self.has_signalled = False
        """Whether a worker was killed or terminated."""

    def __enter__(self) -> "World":
        name = f"chaos-{next(_numbers)}"
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix=name)))
        self.sqs, self.s3, self.dynamodb = (self.aws.client(each) for each in ("sqs", "s3", "dynamodb"))
        self.dead_url = self.sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])["Attributes"]
        arn = attributes["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": TRIES})
        self.queue_url = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        if self.has_helpers:
            self.environment["PARTS_QUEUE_URL"] = self.sqs.create_queue(QueueName=f"{name}-parts")["QueueUrl"]
        self.bucket = self.table = name
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        self.s3.upload_file(str(self.clip), name, "videos/été.MOV")
        create_ledger(self.dynamodb, name)
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.receiver = self._stack.enter_context(
            Receiver(secret, list(self.answers), lambda webhook: self.on_webhook(self, webhook))
        )
        self.environment |= {
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
        """Send a message; `job_id` is None if the worker can't read one from it."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=body)
        self.sent.setdefault(job_id or "", []).append(body)

    def cancel(self, job_id: str) -> None:
        """Cancel a job, as an operator does, who is told whether it was too late."""
        if request_cancellation(self.dynamodb, self.table, job_id).cancel_requested_at:
            self.cancelled.add(job_id)

    def cancel_all(self) -> None:
        """Cancel every job that was sent so far."""
        for job_id in filter(None, list(self.sent)):
            self.cancel(job_id)

    def pause_for_a_while(self) -> None:
        """Pause the fleet, and end that after a few seconds."""
        begin_pause(self.dynamodb, self.table, "chaos")

        def resume() -> None:
            end_pause(self.dynamodb, self.table)

        later(resume, 4)

    def depth(self, url: str) -> int:
        """Number of messages, waiting or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(attributes[name]) for name in names)

    def dead_letters(self) -> list[dict[str, Any]]:
        """The messages in the dead-letter queue."""
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
        """A job's item in the ledger; `{}` if there is none."""
        item = self.dynamodb.get_item(TableName=self.table, Key={"job_id": {"S": job_id}}).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def usage(self) -> dict[str, float]:
        """The counters of all properties and days, summed; of the tries that are open, the number."""
        found = self.dynamodb.query(
            TableName=self.table,
            IndexName="by-status",
            KeyConditionExpression="#status = :usage",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={":usage": {"S": "USAGE"}},
        )["Items"]
        entries = [self.entry(item["job_id"]["S"]) for item in found]
        names = ("tries", "cpu_seconds", "videos", "video_seconds")
        sums = {name: sum(float(entry.get(name, 0)) for entry in entries) for name in names}
        return sums | {"open": sum(len(entry.get("open_tries", ())) for entry in entries)}

    def keys(self) -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])]

    def describe(self) -> str:
        """Queues, renders, ledger and last calls, to find out why the world didn't settle."""
        entries = {job_id: self.entry(job_id) for job_id in self.sent if job_id}
        calls = [[f"{call.operation} {call.status}" for call in worker.proxy.calls[-12:]] for worker in self.workers]
        depths = self.depth(self.queue_url), self.depth(self.dead_url)
        return f"depths {depths}, renders {self.renders()}, entries {entries}, last calls {calls}"

    def logs(self) -> Iterator[str]:
        for log in sorted(self.folder.glob("worker-*.log")):
            yield from log.read_text(encoding="utf-8").splitlines()

    def renders(self) -> list[int]:
        """Process ids of the FFmpeg processes that work below this world's folder."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                command = entry.read_bytes()
                if any(f"{self.folder}/{kind}-".encode() in command for kind in ("job", "part")):
                    found.append(int(entry.parent.name))
        return found

    def kill_render(self) -> None:
        """Send SIGKILL to the next FFmpeg process, or to none if none starts within two seconds."""
        holds_within(2, self._kill_renders, every=0.005)

    def _kill_renders(self) -> bool:
        found = self.renders()
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return bool(found)

    def settle(self, is_settled: Callable[[], bool], seconds: float) -> bool:
        """Restart workers that have ended, as ECS does, until `is_settled`. Returns False after `seconds`."""

        def is_settled_with_workers() -> bool:
            for worker in self.workers:
                if not worker.processes[-1].running:
                    worker.start(first=False)
            return is_settled()

        return holds_within(seconds, is_settled_with_workers, every=0.5)  # a look takes 15 ms, of two processes


def later(action: Callable[[], None], seconds: float) -> None:
    """Run `action` on another thread after `seconds`."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
