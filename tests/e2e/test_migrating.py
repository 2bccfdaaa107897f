"""docs/migrating.md, as far as Terraform's plan: what the old stack left is taken over, and nothing of it destroyed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.process import REPOSITORY

PAGE = REPOSITORY / "docs" / "migrating.md"
KEPT = {"aws_sqs_queue.jobs", "aws_sqs_queue.dead_letters", "aws_ecr_repository.worker"}


@pytest.fixture
def left(tmp_path: Path) -> Iterator[tuple[Deployment, str]]:
    """An account with what the old stack leaves, and where its queues are reached."""
    with EmbeddedAws(log=tmp_path / "aws.log") as aws:
        deployment = Deployment(aws, tmp_path, "prod")
        deployment.create_state_bucket()
        aws.client("sqs").create_queue(QueueName="hospup-video-jobs-dlq")
        queue = aws.client("sqs").create_queue(QueueName="hospup-video-jobs")["QueueUrl"]
        aws.client("ecr").create_repository(repositoryName="hospup-ffmpeg-worker")
        where = {"LocationConstraint": "eu-west-1"}
        aws.client("s3").create_bucket(Bucket="hospup-files", CreateBucketConfiguration=where)
        yield deployment, queue.rpartition("/")[0]


def test_the_old_stacks_queues_and_repository_are_taken_over(left: tuple[Deployment, str], tmp_path: Path) -> None:
    deployment, queues = left
    text = PAGE.read_text(encoding="utf-8")
    synthesis = deployment.environment() | {"CDKTF_OUTDIR": str(tmp_path / "cdktf.out")}
    subprocess.run([sys.executable, str(REPOSITORY / "main.py")], env=synthesis, check=True)
    blocks = re.search(r"^```hcl\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert blocks
    imports = re.sub(r"https://sqs[^\"]*/ACCOUNT", queues, blocks[1])
    (deployment.stack_folder / "imports.tf").write_text(imports, encoding="utf-8")

    planned = re.search(r"^terraform (plan -out=plan .*)$", text, re.MULTILINE)
    assert planned
    terraform(deployment, "init", "-no-color")
    terraform(deployment, "workspace", "select", "-or-create", "prod")
    terraform(deployment, *planned[1].split())
    plan: dict[str, Any] = json.loads(terraform(deployment, "show", "-json", "plan"))
    changes = {change["address"]: change["change"] for change in plan["resource_changes"]}
    assert {address for address, change in changes.items() if "importing" in change} == KEPT
    assert all(changes[address]["actions"] == ["update"] for address in KEPT)
    assert not [address for address, change in changes.items() if "delete" in change["actions"]]


def terraform(deployment: Deployment, *arguments: str) -> str:
    """A command as the page gives it; returns what it printed."""
    environment = {key: value for key, value in deployment.environment().items() if key != "TF_WORKSPACE"}
    command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={deployment.stack_folder}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
