"""Docker, or buildah where there is no Docker: whatever can log in to a registry and push."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from ops.errors import FindingError, UsageError
from ops.registry import Login
from ops.show import console


@dataclass(frozen=True)
class Engine:
    """A container engine by its command, `docker` or `buildah`, which take the same words for what is done here."""

    command: str

    def log_in(self, login: Login) -> None:
        """Log in; the password goes by standard input, where no process list shows it."""
        self._run(["login", "--username", login.username, "--password-stdin", login.registry], typed=login.password)

    def push(self, local: str, remote: str) -> None:
        """Push a local image under its name in the registry."""
        self._run(["tag", local, remote])
        self._run(["push", remote])

    def _run(self, arguments: Sequence[str], typed: str | None = None) -> None:
        """Raises `FindingError` where the engine fails; it has said why by then."""
        done = subprocess.run(
            [self.command, *arguments],
            input=typed,
            stdin=subprocess.DEVNULL if typed is None else None,
            stdout=None if console.is_terminal else subprocess.DEVNULL,
            text=True,
            check=False,
        )
        if done.returncode:
            raise FindingError(
                f"{self.command} {arguments[0]} ended with {done.returncode}: what it said stands above."
            )


def find_engine() -> Engine:
    """Docker if its daemon answers, else buildah; `CONTAINER_ENGINE` names one outright. Raises `UsageError`."""
    named = os.environ.get("CONTAINER_ENGINE")
    if named:
        if shutil.which(named) is None:
            raise UsageError(
                f"CONTAINER_ENGINE names {named}, which isn't installed: install it, or unset the variable."
            )
        return Engine(named)
    if shutil.which("docker") and docker_answers():
        return Engine("docker")
    if shutil.which("buildah"):
        return Engine("buildah")
    why = "Docker's daemon doesn't answer" if shutil.which("docker") else "there is no Docker"
    raise UsageError(f"No image can be pushed: {why}, and no buildah. Start Docker, or install buildah.")


def docker_answers() -> bool:
    """Whether Docker's daemon is there: its command alone can push nothing."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=15)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
