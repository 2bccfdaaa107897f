"""The embedded AWS as its users see it: start, clients, environment, resources left, stop."""

import functools
from collections.abc import Collection, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from embedded import credentials
from embedded.inventory import remaining
from embedded.process import ChildProcess


class EmbeddedAws:
    """A local AWS: moto's server with its gaps filled, as a child process on a free port of 127.0.0.1.

    Its state is in memory only. Without it, the demonstration and the end-to-end tests would need an AWS account.

    - `log`: file for its output, one line per request.
    - `port`: TCP port (default 0: any free one).
    - `detach`: True keeps it running after the process that started it has ended, until `stop` or a SIGTERM to `pid`.

    As a context manager it starts on entry and stops on exit; a detached one keeps running unless the block failed.
    """

    def __init__(self, *, log: Path, port: int = 0, detach: bool = False) -> None:
        self.log = log.resolve()
        self._process = ChildProcess("embedded", log=log, port=port, detach=detach)
        self._endpoint: str | None = None
        self._session = boto3.Session(credentials.ACCESS_KEY, credentials.SECRET_KEY, region_name=credentials.REGION)

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`. RuntimeError before `start`."""
        if self._endpoint is None:
            raise RuntimeError("the embedded AWS is not started")
        return self._endpoint

    @property
    def pid(self) -> int:
        """The server's process id. RuntimeError before `start`."""
        return self._process.pid

    def start(self) -> Self:
        """Starts it and returns itself once it answers (2-4 s). Raises `embedded.process.StartError` if it doesn't
        answer."""
        self._endpoint = self._process.start()
        return self

    def stop(self) -> None:
        """Stops the server; everything that was created in it is lost. Does nothing if it has ended already."""
        self._process.stop()
        self._endpoint = None

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment variables that point AWS SDKs and Terraform to this server.

        - `base`: variables to add them to, such as `os.environ` for a subprocess; see `credentials.environment`.
        """
        return credentials.environment(self.endpoint, base)

    def client(self, service: str) -> Any:
        """A boto3 client of `service` for this AWS; the environment of this process is ignored."""
        return self._session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]

    def resources_left(self, ignore: Collection[str] = ()) -> dict[str, list[str]]:
        """The names of the resources that exist, by kind: `{"queues": ["jobs"], …}`. Kinds without any are left out, so
        that an empty account is `{}`.

        - `ignore`: names to leave out, such as the bucket that holds Terraform's state.
        """
        return remaining(functools.cache(self.client), ignore)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None or not self._process.detach:
            self.stop()
