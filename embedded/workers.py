"""Workers as child processes, with the environment that ECS would give them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded.aws import EmbeddedAws
from embedded.credentials import REGION
from embedded.process import REPOSITORY


def container_environment(aws: EmbeddedAws, task_definition: str) -> dict[str, str]:
    """The environment of the only container of a task definition: its own variables, and the secrets that it refers to.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    answer = aws.client("ecs").describe_task_definition(taskDefinition=task_definition)
    (container,) = answer["taskDefinition"]["containerDefinitions"]
    environment = {item["name"]: item["value"] for item in container.get("environment", [])}
    secrets = aws.client("secretsmanager")
    for item in container.get("secrets", []):
        environment[item["name"]] = secrets.get_secret_value(SecretId=item["valueFrom"])["SecretString"]
    return environment


def make_resources(aws: EmbeddedAws, name: str, clip: Path, *, helpers: bool = False) -> dict[str, str]:
    """Create a queue, a ledger and a bucket with a clip, without Terraform; with `helpers` also the queue of parts.
    Returns the worker's variables for them."""
    parts = aws.client("sqs").create_queue(QueueName=f"{name}-parts")["QueueUrl"] if helpers else None
    queue = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    aws.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    aws.client("s3").upload_file(str(clip), name, clip.name)
    aws.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
    )
    variables = {"SQS_QUEUE_URL": queue, "MEDIA_BUCKET": name, "JOBS_TABLE": name, "AWS_DEFAULT_REGION": REGION}
    return variables | ({"PARTS_QUEUE_URL": parts} if parts else {})


def read_log(log: Path) -> Iterator[dict[str, Any]]:
    """A worker's log lines so far, parsed; lines that aren't JSON, and an incomplete last line, are skipped."""
    for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("{") and line.endswith("\n"):
            yield json.loads(line)


def run_task(aws: EmbeddedAws, cluster: str, service: str) -> str:
    """Start a task of a service in the embedded ECS, an entry that a `WorkerProcess` stands for. Returns its ARN.

    The service wants one task more from then on, as if autoscaling had said so.
    """
    ecs = aws.client("ecs")
    (found,) = ecs.describe_services(cluster=cluster, services=[service])["services"]
    ecs.update_service(cluster=cluster, service=service, desiredCount=found["desiredCount"] + 1)
    started = ecs.run_task(
        cluster=cluster,
        taskDefinition=found["taskDefinition"],
        group=f"service:{service}",
        networkConfiguration=found["networkConfiguration"],
    )
    return str(started["tasks"][0]["taskArn"])


def _ship(environment: Mapping[str, str], log_group: str, log: Path, task: str | None) -> "subprocess.Popen[bytes]":
    """Start a process that takes a worker's output for its file and for a log group, and ends its task with it."""
    task_id = _task_id(task) if task else uuid.uuid4().hex
    command = [sys.executable, "-m", "embedded.awslogs", log_group, f"worker/{log.stem}/{task_id}", str(log)]
    return subprocess.Popen(
        [*command, f"--task={task}"] if task else command,
        cwd=REPOSITORY,
        env=dict(environment),
        stdin=subprocess.PIPE,
        start_new_session=True,
    )


def _task_id(task: str) -> str:
    return task.rpartition("/")[2]


class WorkerProcess:
    """One `python -m worker` against an embedded AWS.

    - `environment`: the container's environment. Of this process's own environment the worker only gets PATH, HOME and
      TMPDIR.
    - `log`: file that its log lines are appended to; `fresh_log` empties it first.
    - `module`: Python module that runs as the worker.
    - `log_group`: log group that its lines are shipped to, as Fargate does it; None: none.
    - `task`: ARN of the task in the embedded ECS that it stands for, with a `log_group` alone; None: none.
    """

    def __init__(
        self,
        aws: EmbeddedAws,
        environment: Mapping[str, str],
        log: Path,
        *,
        fresh_log: bool = False,
        module: str = "worker",
        log_group: str | None = None,
        task: str | None = None,
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        if fresh_log:
            log.unlink(missing_ok=True)
        log.touch()
        self._shipper = _ship(aws.environment(inherited), log_group, log, task) if log_group else None
        pipe = self._shipper.stdin if self._shipper else None
        own = {"ECS_CONTAINER_METADATA_URI_V4": f"http://169.254.170.2/v4/{_task_id(task)}-1"} if task else {}
        with pipe or log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=REPOSITORY,
                env=aws.environment(inherited) | own | dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is also its process group's."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def records(self) -> Iterator[dict[str, Any]]:
        """Its log lines so far; see `read_log`."""
        return read_log(self.log)

    def terminate(self) -> None:
        """Send SIGTERM, as ECS does before it stops a task."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the worker alone, as a crash would end it."""
        self._process.kill()

    def wait(self, timeout: float) -> int:
        """Wait at most `timeout` seconds for its end. Returns the exit code. Raises subprocess.TimeoutExpired."""
        return self._process.wait(timeout)

    def stop(self, grace: float = 30.0) -> None:
        """Send SIGTERM twice, so that it hands its job back at once, and SIGKILL after `grace` seconds. Does nothing if
        it has ended."""
        for _ in range(2):
            if self.running:
                self.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.wait(0.2)
        try:
            self.wait(grace)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self.wait(grace)
        if self._shipper is not None:
            self._shipper.wait(grace)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
