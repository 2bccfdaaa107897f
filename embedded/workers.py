"""Workers as processes of their own, told what ECS would tell them: the task definition's environment and secrets."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded.aws import EmbeddedAws
from embedded.process import REPOSITORY


def container_environment(aws: EmbeddedAws, task_definition: str) -> dict[str, str]:
    """What ECS puts into a container's environment: the definition's own, and the secrets that it refers to.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """
    answer = aws.client("ecs").describe_task_definition(taskDefinition=task_definition)
    (container,) = answer["taskDefinition"]["containerDefinitions"]
    environment = {item["name"]: item["value"] for item in container.get("environment", [])}
    secrets = aws.client("secretsmanager")
    for item in container.get("secrets", []):
        environment[item["name"]] = secrets.get_secret_value(SecretId=item["valueFrom"])["SecretString"]
    return environment


class WorkerProcess:
    """One `python -m worker` against an embedded AWS.

    - `environment`: the container's; nothing of this process's own environment reaches the worker but PATH and HOME.
    - `log`: file that takes its log lines; `fresh_log` empties it first.
    - `module`: what is run as the worker.
    """

    def __init__(
        self,
        aws: EmbeddedAws,
        environment: Mapping[str, str],
        log: Path,
        *,
        fresh_log: bool = False,
        module: str = "worker",
    ) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        with log.open("wb" if fresh_log else "ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=REPOSITORY,
                env=aws.environment(inherited) | dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id, which is its process group's too."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process is still there."""
        return self._process.poll() is None

    def records(self) -> Iterator[dict[str, Any]]:
        """Its log lines so far, parsed; lines that aren't JSON are passed over."""
        for line in self.log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{"):
                yield json.loads(line)

    def terminate(self) -> None:
        """Send SIGTERM, as ECS does before it stops a task."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the worker alone, as a crash would have it."""
        self._process.kill()

    def wait(self, timeout: float) -> int:
        """Wait for its end, at most `timeout` seconds. Returns the exit code; raises subprocess.TimeoutExpired."""
        return self._process.wait(timeout)

    def stop(self, grace: float = 30.0) -> None:
        """Two SIGTERMs: finish nothing, hand a job back; SIGKILL after `grace` seconds. Harmless when it has ended."""
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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
