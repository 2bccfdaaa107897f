"""A queue, a ledger and a bucket in the embedded AWS, without Terraform, and workers as processes of their own."""

import base64
import itertools
import json
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from embedded.aws import EmbeddedAws
from embedded.receiver import Delivery, WebhookReceiver, ends
from embedded.workers import WorkerProcess
from tests.forked_worker import ForkedWorker
from tests.ledger_table import create_ledger
from tests.second.aws import aws_under_test
from worker.helpers import order_of_part
from worker.media import cloud_fetch, object_download, part_of_source

WAIT_SECONDS = 90
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    """The embedded AWS, or with `make test-second` another implementation."""
    with aws_under_test(tmp_path_factory.mktemp("aws") / "aws.log") as running:
        yield running


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second of moving picture with a tone: small, since these tests are about messages."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    picture = ["-f", "lavfi", "-i", "testsrc2=size=270x480:rate=25:duration=1"]
    sound = ["-f", "lavfi", "-i", "sine=frequency=440:duration=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *sound, "-pix_fmt", "yuv420p", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of fetching parts of sources that fit small files."""
    for module in (cloud_fetch, order_of_part):
        monkeypatch.setattr(module, "PARTIAL_BYTES_MIN", 1 << 20)
    monkeypatch.setattr(part_of_source, "_GAP_BYTES", 1 << 12)
    for module in (object_download, part_of_source):
        monkeypatch.setattr(module, "HEAD_BYTES", 1 << 19)
    monkeypatch.setattr(object_download, "PART_BYTES", 1 << 18)


@dataclass
class Site:
    """A worker's resources and its webhook receiver, with what tests do to them."""

    aws: EmbeddedAws
    folder: Path
    receiver: WebhookReceiver
    queue_url: str
    dead_letter_url: str
    table: str
    bucket: str
    secret: str
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """The required variables of a worker."""
        return {
            "SQS_QUEUE_URL": self.queue_url,
            "MEDIA_BUCKET": self.bucket,
            "JOBS_TABLE": self.table,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "WEBHOOK_URL": self.receiver.url,
            "WEBHOOK_SECRET": self.secret,
        }

    def start_worker(self, module: str = "worker", **more: str) -> WorkerProcess:
        """Start a worker, forked."""
        return self._start(ForkedWorker, module, more)

    def start_interpreter(self, **more: str) -> WorkerProcess:
        """Start a worker in an interpreter of its own, for a test of the process itself."""
        return self._start(WorkerProcess, "worker", more)

    def _start(self, kind: type[WorkerProcess], module: str, more: dict[str, str]) -> WorkerProcess:
        log = self.folder / f"worker-{len(self.workers)}.log"
        worker = kind(self.aws, self.environment | more, log, module=module)
        self.workers.append(worker)
        return worker

    def put(self, key: str, path: Path) -> str:
        self.aws.client("s3").upload_file(str(path), self.bucket, key)
        return f"s3://{self.bucket}/{key}"

    def send(
        self, message: Mapping[str, Any] | str, *, to: str | None = None, group: str = "21", **attributes: str
    ) -> str:
        """Send a message of the property `group` to the job queue, or to the queue `to`; its id."""
        answer = self.aws.client("sqs").send_message(
            QueueUrl=to or self.queue_url,
            MessageBody=message if isinstance(message, str) else json.dumps(message, ensure_ascii=False),
            MessageGroupId=group,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        return str(answer["MessageId"])

    def final(self, job_id: str) -> Delivery:
        """The final webhook of a job."""
        return self.receiver.wait_for(ends(job_id), WAIT_SECONDS)

    def webhooks(self, job_id: str) -> list[dict[str, Any]]:
        """The bodies of all webhooks of a job, in order."""
        bodies = [delivery.json() for delivery in self.receiver.requests()]
        return [body for body in bodies if body["job_id"] == job_id]

    def ledger(self, job_id: str) -> dict[str, Any]:
        item = self.aws.client("dynamodb").get_item(TableName=self.table, Key={"job_id": {"S": job_id}}).get("Item", {})
        return {name: next(iter(value.values())) for name, value in item.items()}

    def depth(self, url: str) -> tuple[int, int]:
        """Messages that wait, and messages in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]]), int(attributes[names[1]])

    def keys(self) -> set[str]:
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {item["Key"] for item in listed}

    def logged(self, message: str) -> list[dict[str, Any]]:
        return [line for worker in self.workers for line in worker.records() if line["message"] == message]


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(aws: EmbeddedAws, tmp_path: Path) -> Iterator[MakeSite]:
    """Makes a site; its workers and its receiver end with the test."""
    sites: list[Site] = []

    def make(*, tries: int = 3, statuses: tuple[int, ...] = ()) -> Site:
        name = f"site-{next(_numbers)}"
        sqs, s3, dynamodb = aws.client("sqs"), aws.client("s3"), aws.client("dynamodb")
        dead = sqs.create_queue(QueueName=f"{name}-dlq")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": tries})
        queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        create_ledger(dynamodb, name)
        receiver = WebhookReceiver(
            record=tmp_path / f"{name}.jsonl", log=tmp_path / f"{name}-receiver.log", statuses=statuses
        ).start()
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        site = Site(aws, tmp_path, receiver, queue, dead, name, name, secret)
        sites.append(site)
        return site

    yield make
    for site in sites:
        for worker in site.workers:
            worker.stop()
        site.receiver.stop()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()
