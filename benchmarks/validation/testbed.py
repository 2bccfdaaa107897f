"""The testbed: staging, deployed into the embedded AWS, and its workers' environment."""

import base64
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from benchmarks.validation.slow_host import SlowHost
from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.ecs_agent import EcsAgent
from embedded.receiver import WebhookReceiver
from embedded.workers import WorkerProcess, container_environment, read_log

ENVIRONMENT = "staging"
MAX_WORKERS = 8
"""Largest number of workers for two cores that also run the embedded AWS."""


@dataclass(frozen=True)
class Scaling:
    """The scaling that is deployed, as AWS describes it."""

    target: Mapping[str, Any]
    policies: list[Mapping[str, Any]]
    alarms: list[Mapping[str, Any]]
    """Alarms that call one of the policies."""


@dataclass(frozen=True)
class Testbed:
    """Everything that a run needs.

    - `environment`: environment variables of every worker.
    - `folder`: for the workers' logs and scratch files.
    """

    aws: EmbeddedAws
    folder: Path
    environment: Mapping[str, str]
    host: SlowHost
    agent: EcsAgent

    @property
    def queue_url(self) -> str:
        """URL of the job queue."""
        return self.environment["SQS_QUEUE_URL"]

    @property
    def queue(self) -> str:
        """Name of the job queue."""
        return self.queue_url.rpartition("/")[2]

    def log(self, task: str) -> Path:
        """File of a worker's log lines."""
        return self.folder / f"{task}.log"

    def start(self, task: str) -> WorkerProcess:
        """Start a worker as this task."""
        environment = {**self.environment, "ECS_AGENT_URI": self.agent.uri(task), "TMPDIR": str(self.folder)}
        return WorkerProcess(self.aws, environment, self.log(task))

    def started_at(self, task: str) -> float | None:
        """Time of a worker's log line "Worker started.", just before its first receive, in seconds of the epoch; None
        before that."""
        if not self.log(task).exists():
            return None
        started = (line for line in read_log(self.log(task)) if line["message"] == "Worker started.")
        return next((datetime.fromisoformat(line["time"]).timestamp() for line in started), None)

    def scaling(self) -> Scaling:
        """The deployed scaling. Raises ValueError where there isn't one scalable target."""
        autoscaling = self.aws.client("application-autoscaling")
        (target,) = autoscaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        policies = autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        arns = {policy["PolicyARN"] for policy in policies}
        alarms = self.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return Scaling(target, policies, [alarm for alarm in alarms if arns & set(alarm["AlarmActions"])])


def open_testbed(stack: ExitStack, aws: EmbeddedAws, environment: Mapping[str, str], folder: Path) -> Testbed:
    """Start the servers that workers use beside `aws`; `stack` closes them. `environment` is the workers' own."""
    receiver = stack.enter_context(
        WebhookReceiver(record=folder / "webhooks.jsonl", log=folder / "receiver.log")  # accepts and discards
    )
    host = stack.enter_context(SlowHost(_clip(folder)))
    more = {"MEDIA_ALLOWED_HOSTS": host.origin, "WEBHOOK_URL": receiver.url}
    return Testbed(aws, folder, {**environment, **more}, host, stack.enter_context(EcsAgent()))


def deploy(stack: ExitStack, folder: Path) -> tuple[Testbed, Path]:
    """Deploy staging as operators do. Returns the testbed and the deployed `cdk.tf.json`.

    Raises `embedded.deployment.DeploymentError`.
    """
    aws = stack.enter_context(EmbeddedAws(log=folder / "aws.log"))
    variables = {"worker_image_tag": "validation", "max_workers": MAX_WORKERS}
    deployment = Deployment(aws, folder / "deployment", ENVIRONMENT, variables)
    deployment.create_state_bucket()
    outputs = deployment.deploy()
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    aws.client("secretsmanager").put_secret_value(SecretId=outputs["webhook_secret_arn"], SecretString=secret)
    environment = container_environment(aws, outputs["task_definition_arn"])
    return open_testbed(stack, aws, environment, folder), deployment.stack_folder / "cdk.tf.json"


def _clip(folder: Path) -> Path:
    path = folder / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=128x128:rate=25:duration=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, str(path)], check=True)
    return path
