"""The place where it all happens: staging, deployed into the embedded AWS, and what its workers are told."""

import base64
import secrets
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from benchmarks.validation.agent import Agent
from benchmarks.validation.slow_host import SlowHost
from embedded.aws import EmbeddedAws
from embedded.deployment import Deployment
from embedded.receiver import WebhookReceiver
from embedded.workers import WorkerProcess, container_environment

ENVIRONMENT = "staging"
MAX_WORKERS = 8
"""As many as two cores carry beside the embedded AWS."""


@dataclass(frozen=True)
class Scaling:
    """The scaling that is deployed, as AWS describes it."""

    target: Mapping[str, Any]
    policies: list[Mapping[str, Any]]
    alarms: list[Mapping[str, Any]]
    """Those that call one of the policies."""


@dataclass(frozen=True)
class Site:
    """What the run needs.

    - `environment`: what every worker is told.
    - `folder`: takes the workers' logs and their scratch files.
    """

    aws: EmbeddedAws
    folder: Path
    environment: Mapping[str, str]
    host: SlowHost
    agent: Agent

    @property
    def queue_url(self) -> str:
        """The job queue's."""
        return self.environment["SQS_QUEUE_URL"]

    @property
    def queue(self) -> str:
        """The job queue's name."""
        return self.queue_url.rpartition("/")[2]

    def log(self, task: str) -> Path:
        """The file that takes a worker's log lines."""
        return self.folder / f"{task}.log"

    def start(self, task: str) -> WorkerProcess:
        """Start a worker as this task."""
        environment = {**self.environment, "ECS_AGENT_URI": self.agent.uri(task), "TMPDIR": str(self.folder)}
        return WorkerProcess(self.aws, environment, self.log(task))

    def scaling(self) -> Scaling:
        """What is deployed of scaling. Raises ValueError where there isn't one scalable target."""
        autoscaling = self.aws.client("application-autoscaling")
        (target,) = autoscaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        policies = autoscaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        arns = {policy["PolicyARN"] for policy in policies}
        alarms = self.aws.client("cloudwatch").describe_alarms()["MetricAlarms"]
        return Scaling(target, policies, [alarm for alarm in alarms if arns & set(alarm["AlarmActions"])])


def open_site(stack: ExitStack, aws: EmbeddedAws, environment: Mapping[str, str], folder: Path) -> Site:
    """The servers around `aws` that workers talk to, closed by `stack`; `environment` is the workers' own."""
    receiver = stack.enter_context(
        WebhookReceiver(record=folder / "webhooks.jsonl", log=folder / "receiver.log")  # takes and forgets
    )
    host = stack.enter_context(SlowHost(_clip(folder)))
    more = {"MEDIA_ALLOWED_HOSTS": host.origin, "WEBHOOK_URL": receiver.url}
    return Site(aws, folder, {**environment, **more}, host, stack.enter_context(Agent()))


def deploy(stack: ExitStack, folder: Path) -> tuple[Site, Path]:
    """Deploy staging, as its operators do. Returns the site and the `cdk.tf.json` that was deployed.

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
    return open_site(stack, aws, environment, folder), deployment.stack_folder / "cdk.tf.json"


def _clip(folder: Path) -> Path:
    path = folder / "clip.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=size=128x128:rate=25:duration=1", "-pix_fmt", "yuv420p"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, str(path)], check=True)
    return path
