"""Workers forked from a process that has imported them already (tests/forks.py)."""

import importlib
import os
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from embedded.aws import EmbeddedAws
from embedded.process import REPOSITORY
from embedded.workers import WorkerProcess
from tests.forks import become, forks


class ForkedWorker(WorkerProcess):
    """One `python -m MODULE` against an embedded AWS, as `WorkerProcess`, without a new interpreter and its imports.

    It doesn't check its tools either: they are those of the worker before it.
    """

    def __init__(self, aws: EmbeddedAws, environment: Mapping[str, str], log: Path, *, module: str = "worker") -> None:
        self.log = log
        self._shipper = None
        log.touch()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        arguments = (module, aws.environment(inherited) | dict(environment), str(log))
        self._fork = forks.Process(target=_work, args=arguments, daemon=True)
        self._fork.start()

    @property
    def pid(self) -> int:
        """The process id, which is also its process group's."""
        assert self._fork.pid is not None
        return self._fork.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._fork.is_alive()

    def terminate(self) -> None:
        """Send SIGTERM, as ECS does before it stops a task."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL to the worker alone, as a crash would end it."""
        self._signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Wait at most `timeout` seconds for its end. Returns the exit code. Raises subprocess.TimeoutExpired."""
        self._fork.join(timeout)
        if self._fork.exitcode is None:
            raise subprocess.TimeoutExpired("worker", timeout)
        return self._fork.exitcode

    def _signal(self, number: int) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def _work(module: str, environment: dict[str, str], log: str) -> None:
    """Become the process that `python -m MODULE` starts with that environment, its output appended to a file."""
    from worker.aws import health
    from worker.consumer import start

    os.setsid()
    output = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    os.environ |= environment
    importlib.reload(health)  # it reads the environment when it is imported
    start.check_tools = lambda: None
    become(module, (), environment, REPOSITORY)
