"""The worker's container definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SCRATCH = "scratch"
"""Name of the task's volume that the container mounts at /tmp."""

# A user id that exists neither on a host nor in the image. Every user can read the image's files; the worker writes
# below /tmp only.
_USER = "10001:10001"
# Seconds from SIGTERM to SIGKILL: the most that Fargate allows, and the length of the notice of a Spot interruption.
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
_STOP_TIMEOUT_SECONDS = 120
# What the log driver holds while CloudWatch Logs stalls, before it drops lines: hours of a worker's log.
_LOG_BUFFER = "10m"


@dataclass(frozen=True)
class WorkerContainer:
    """The container of a worker's task.

    Params:
        image: repository and tag.
        environment: environment variables; empty values are left out.
        secrets: environment variables whose values ECS reads from Secrets Manager, with the ARNs of the secrets;
            variables without an ARN are left out.
        log_group: name of the log group.
        region: the log group's region.
        ecs_exec: let operators open a shell in the container.
        labels: Docker labels, which the worker doesn't see; those without a value are left out.
    """

    image: str
    environment: Mapping[str, str | None]
    secrets: Mapping[str, str | None]
    log_group: str
    region: str
    ecs_exec: bool
    labels: Mapping[str, str | None]

    def definition(self) -> dict[str, Any]:
        """The container definition in ECS' JSON format."""
        return {
            "name": "ffmpeg-worker",
            "image": self.image,
            "essential": True,
            "user": _USER,
            # Only /tmp is writable: a file that FFmpeg is tricked into writing can't become code. ECS Exec's agent
            # needs a writable root file system.
            # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html#ecs-exec-considerations
            "readonlyRootFilesystem": not self.ecs_exec,
            "mountPoints": [{"sourceVolume": SCRATCH, "containerPath": "/tmp", "readOnly": False}],  # noqa: S108
            "linuxParameters": {
                # Reaps FFmpeg's processes and forwards SIGTERM.
                "initProcessEnabled": True,
                "capabilities": {"drop": ["ALL"]},
            },
            # Without a shell; exit code 0 or 1. A worker that hangs is replaced after a minute and a half.
            "healthCheck": {
                "command": ["CMD", "python", "-m", "worker", "health"],
                "interval": 30,
                "timeout": 10,
                "retries": 3,
                "startPeriod": 60,
            },
            "stopTimeout": _STOP_TIMEOUT_SECONDS,
            "environment": [{"name": key, "value": value} for key, value in sorted(self.environment.items()) if value],
            "secrets": [{"name": key, "valueFrom": arn} for key, arn in sorted(self.secrets.items()) if arn],
            **(
                {"dockerLabels": labels}
                if (labels := {key: value for key, value in self.labels.items() if value})
                else {}
            ),
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": self.log_group,
                    "awslogs-region": self.region,
                    "awslogs-stream-prefix": "worker",
                    # Otherwise the account's setting decides, and a stalled log service may block the worker's stdout.
                    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
                    "mode": "non-blocking",
                    "max-buffer-size": _LOG_BUFFER,
                },
            },
        }
