"""The whole system, deployed once: Terraform applied it, two workers run in it, footage lies in its bucket."""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.footage import prepare
from embedded.process import REPOSITORY
from embedded.receiver import Delivery, WebhookReceiver, ends
from embedded.workers import WorkerProcess, container_environment

WAIT_SECONDS = 180


@dataclass(frozen=True)
class System:
    """A deployed system, and what a test does with it."""

    aws: EmbeddedAws
    deployment: Deployment
    outputs: Mapping[str, Any]
    receiver: WebhookReceiver
    workers: tuple[WorkerProcess, ...]
    secret: str
    folder: Path

    def send(self, message: Mapping[str, Any]) -> None:
        body = json.dumps(message, ensure_ascii=False)
        self.aws.client("sqs").send_message(QueueUrl=self.outputs["queue_url"], MessageBody=body)

    def final(self, job_id: str) -> Delivery:
        """The webhook that tells a job's end."""
        return self.receiver.wait_for(ends(job_id), WAIT_SECONDS)

    def fetch(self, url: str) -> Path:
        """What a URL in a webhook leads to."""
        bucket, _, key = unquote(urlsplit(url).path).lstrip("/").partition("/")
        target = self.folder / Path(key).name
        self.aws.client("s3").download_file(bucket, key, str(target))
        return target

    def logged(self, message: str) -> list[dict[str, Any]]:
        return [line for worker in self.workers for line in worker.records() if line["message"] == message]

    def depth(self) -> int:
        """Messages in the queue, waiting or in flight."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.outputs["queue_url"], AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    receiver = WebhookReceiver(record=folder / "webhooks.jsonl", log=folder / "receiver.log")
    with EmbeddedAws(log=folder / "aws.log") as aws, receiver:
        deployment = Deployment(aws, folder / "deployment", variables={"worker_image_tag": "e2e"})
        deployment.create_state_bucket()
        outputs = deployment.deploy()
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        aws.client("secretsmanager").put_secret_value(SecretId=outputs["webhook_secret_arn"], SecretString=secret)
        for name, path in prepare(REPOSITORY / ".build" / "footage" / "clips").items():
            aws.client("s3").upload_file(str(path), outputs["media_bucket"], f"videos/21/16/été {name}")
        environment = container_environment(aws, outputs["task_definition_arn"])
        workers = tuple(WorkerProcess(aws, environment, folder / f"worker-{number}.log") for number in range(2))
        try:
            yield System(aws, deployment, outputs, receiver, workers, secret, folder)
        finally:
            for worker in workers:
                worker.stop()
