"""docs/start/migrating.md, executed: the old stack's account becomes this system's, and the backend's rows are true."""

import json
import os
import re
import shlex
import subprocess
import sys
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.process import REPOSITORY
from embedded.receiver import WebhookReceiver, ends
from embedded.workers import WorkerProcess, container_environment
from tests.e2e import old_stack

PAGE = REPOSITORY / "docs" / "start" / "migrating.md"
AWS_CLI = "awscli==1.46.3"
RECEIVER = "https://api.hospup.example/api/v1/videos/callback"
IMPORTED = {
    "aws_sqs_queue.jobs",
    "aws_sqs_queue.dead_letters",
    "aws_ecr_repository.worker",
    "aws_cloudwatch_log_group.worker",
}
WAITING = {
    "job_id": "waiting-job",
    "video_id": "waiting",
    "property_id": "21",
    "segments": [{"id": "1", "video_url": "s3://hospup-files/videos/21/été.mp4", "duration": 1, "order": 1}],
    "text_overlays": [
        {"content": "Bienvenue à l'hôtel", "start_time": 0, "end_time": 1, "position": {"x": 540, "y": 960}}
    ],
}
FINISHED = WAITING | {"job_id": "old-job", "video_id": "finished"}
"""A dead letter: its video failed once, was ordered again under another job, and is finished."""


@dataclass
class Account:
    """An account as the old stack leaves it."""

    aws: EmbeddedAws
    folder: Path
    receiver: WebhookReceiver
    queue_url: str
    mapping: str
    rows: dict[str, str] = field(default_factory=lambda: {"waiting": "processing", "finished": "COMPLETE"})
    """The backend's videos: the last event wins."""

    def follow(self, page: Path) -> str:
        """Runs every command of a page in one shell. Returns what it printed."""
        script = "".join(re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))
        environment = Deployment(self.aws, self.folder, "prod").environment()
        environment = {name: value for name, value in environment.items() if name not in {"TF_WORKSPACE", "ENV"}}
        environment |= {
            "PATH": f"{self._programs()}:{environment['PATH']}",
            "PYTHONPATH": str(REPOSITORY),
            "CDKTF_OUTDIR": str(self.folder / "cdktf.out"),
            "TF_CLI_ARGS": "-no-color",
            "TF_CLI_ARGS_apply": "-auto-approve",  # nobody is here to answer
            "AWS_PAGER": "",
        }
        command = ["bash", "-euxo", "pipefail", "-c", script]
        (self.folder / "main.py").symlink_to(REPOSITORY / "main.py")
        log = self.folder / "page.log"
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(command, cwd=self.folder, env=environment, stdout=output, stderr=output, check=False)
        printed = log.read_text(encoding="utf-8")
        assert done.returncode == 0, printed[-5000:]
        return printed

    def _programs(self) -> Path:
        """A folder with the programs that the page calls and the PATH may lack. `cdk` is the old stack's."""
        folder = self.folder / "bin"
        folder.mkdir()
        terraform = os.environ.get("TERRAFORM", "terraform")
        programs = {
            "python": [sys.executable],
            "hospup-video": [sys.executable, "-m", "ops"],
            "cdk": [sys.executable, "-m", "tests.e2e.old_stack"],
            "aws": [str(aws_cli()), "--endpoint-url", self.aws.endpoint],  # for SQS the CLI ignores the variable
        }
        if terraform != "terraform":
            programs["terraform"] = [terraform]
        for name, command in programs.items():
            program = folder / name
            program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n', encoding="utf-8")
            program.chmod(0o755)
        return folder

    def plan(self) -> dict[str, Any]:
        """The plan that the page applied: changes by address."""
        (stack,) = (self.folder / "cdktf.out" / "stacks").iterdir()
        command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={stack}", "show", "-json", "plan"]
        environment = Deployment(self.aws, self.folder, "prod").environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return {change["address"]: change["change"] for change in json.loads(done.stdout)["resource_changes"]}

    def update_rows(self) -> None:
        """What the backend's callback does: the last event of a video wins."""
        for delivery in self.receiver.requests():
            event = delivery.json()
            self.rows[event["video_id"]] = event["status"]


def aws_cli() -> Path:
    """The AWS CLI, in an environment of its own: it needs another botocore than the worker's."""
    folder = REPOSITORY / ".build" / AWS_CLI.replace("==", "-")
    program = folder / "bin" / "aws"
    if not program.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", AWS_CLI], check=True)
    return program


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    receiver = WebhookReceiver(record=tmp_path / "webhooks.jsonl", log=tmp_path / "receiver.log")
    with EmbeddedAws(log=tmp_path / "aws.log") as aws, receiver:
        Deployment(aws, tmp_path, "prod").create_state_bucket()
        old_stack.create(aws.client, RECEIVER)
        clip = tmp_path / "clip.mp4"
        lavfi = ["-f", "lavfi", "-i", "testsrc2=size=270x480:rate=25:duration=1", "-pix_fmt", "yuv420p"]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *lavfi, str(clip)], check=True)
        aws.client("s3").upload_file(str(clip), old_stack.BUCKET, "videos/21/été.mp4")
        sqs = aws.client("sqs")
        queue = sqs.get_queue_url(QueueName=old_stack.QUEUE)["QueueUrl"]
        dead = sqs.get_queue_url(QueueName=old_stack.DEAD_LETTERS)["QueueUrl"]
        sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(WAITING, ensure_ascii=False))
        sqs.send_message(QueueUrl=dead, MessageBody=json.dumps(FINISHED, ensure_ascii=False))
        yield Account(aws, tmp_path, receiver, queue, old_stack.read_by_lambda(aws.client))


def test_the_old_stacks_account_is_taken_over(account: Account) -> None:
    client = account.aws.client
    printed = account.follow(PAGE)

    changes = account.plan()
    assert {address for address, change in changes.items() if "importing" in change} == IMPORTED
    assert all(changes[address]["actions"] in (["update"], ["no-op"]) for address in IMPORTED)
    assert not [address for address, change in changes.items() if "delete" in change["actions"]]

    kept = client("sqs").get_queue_attributes(QueueUrl=account.queue_url, AttributeNames=["All"])["Attributes"]
    assert kept["ApproximateNumberOfMessages"] == "1"
    assert kept["MaximumMessageSize"] == str(1024**2)
    assert "old-job" in printed  # the dead letter was shown before it was deleted
    assert client("lambda").get_event_source_mapping(UUID=account.mapping)["State"] == "Disabled"
    (service,) = client("ecs").describe_services(cluster=old_stack.CLUSTER, services=[old_stack.SERVICE])["services"]
    environment = container_environment(account.aws, service["taskDefinition"])
    assert environment["WEBHOOK_URL"] == RECEIVER

    reachable = {"WEBHOOK_URL": account.receiver.url}  # in place of the backend's
    with WorkerProcess(account.aws, environment | reachable, account.folder / "worker.log"):
        account.receiver.wait_for(ends("waiting-job"), 120)
        account.update_rows()
    account.update_rows()
    assert account.rows == {"waiting": "COMPLETE", "finished": "COMPLETE"}
    assert {delivery.json()["video_id"] for delivery in account.receiver.requests()} == {"waiting"}
