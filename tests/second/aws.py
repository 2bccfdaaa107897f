"""A second opinion on the embedded AWS: SQS and S3 by LocalStack, DynamoDB by dynalite, none of them by moto.

Both are checked by their makers against AWS itself. `make test-second` installs them into `.build/second` and runs the
worker's tests against them, which `make test` runs against moto.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from embedded.aws import EmbeddedAws
from embedded.process import READY_LINE, REPOSITORY
from tests.waiting import eventually

FOLDER = REPOSITORY / ".build" / "second"
HERE = Path(__file__).parent
SERVERS = {
    "sqs and s3": [str(FOLDER / "bin" / "python"), str(HERE / "sqs_and_s3.py")],
    "dynamodb": ["node", str(HERE / "dynamodb.cjs")],
}


class SecondAws(EmbeddedAws):
    """An AWS with three services, which tests use as they do the embedded one."""

    def __init__(self, *, log: Path) -> None:
        super().__init__(log=log)
        self._servers: list[subprocess.Popen[bytes]] = []
        self._tables_endpoint = ""

    def start(self) -> Self:
        """Start both servers; returns when both are ready."""
        self._endpoint, self._tables_endpoint = (self._start(name, command) for name, command in SERVERS.items())
        return self

    def stop(self) -> None:
        """Stop both servers; everything in them is lost."""
        for server in self._servers:
            server.kill()
            server.wait()

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """See `EmbeddedAws`."""
        return super().environment(base) | {"AWS_ENDPOINT_URL_DYNAMODB": self._tables_endpoint}

    def client(self, service: str) -> Any:
        """See `EmbeddedAws`."""
        endpoints = {"sqs": self.endpoint, "s3": self.endpoint, "dynamodb": self._tables_endpoint}
        return self._session.client(service, endpoint_url=endpoints[service])  # type: ignore[call-overload]

    def _start(self, name: str, command: list[str]) -> str:
        log = self.log.with_name(f"{name}.log")
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            server = subprocess.Popen(
                command, cwd=FOLDER, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
            )
        self._servers.append(server)
        eventually(lambda: server.poll() is not None or b"Ready at" in log.read_bytes())
        ready = READY_LINE.search(log.read_text())
        assert ready, f"{name} ended before it was ready:\n{log.read_text()}"
        return ready[1]


def aws_under_test(log: Path) -> EmbeddedAws:
    """The AWS that the worker's tests use: the embedded one, or the second one where SECOND_AWS is set."""
    return SecondAws(log=log) if os.environ.get("SECOND_AWS") else EmbeddedAws(log=log)
