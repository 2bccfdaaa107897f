"""Container engines that push an image: buildah, or Docker if there is no buildah.

`python -m tools.image build` stores the image in Docker, or as an archive in `dist/image` if Docker's daemon doesn't
answer. buildah pushes from both, and compresses with zstd, which Docker's own store can't: each worker pulls 155 MB
instead of 183.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.aws.registry import Login
from ops.console.output import console
from ops.errors import FindingError, UsageError
from ops.stack.outputs import ROOT

LOCAL_NAME = "hospup-ffmpeg-worker"
"""Local name of the image, without its tag."""
ARCHIVES = ROOT / "dist" / "image"
"""Folder of the images that were built without Docker."""

_COMPRESSION = ("--format", "oci", "--compression-format", "zstd", "--compression-level", "20")
"""OCI's format, since Docker's doesn't support zstd; the level is the highest of the four in buildah's library."""


@dataclass(frozen=True)
class Docker:
    """Docker, with the images in its own store."""

    command: str = "docker"

    def push(self, source: str, remote: str) -> None:
        """Push a local image to the registry as `remote`."""
        _run([self.command, "tag", source, remote])
        _run([self.command, "push", remote])

    def source(self, tag: str) -> str:
        """The image's name in Docker; it isn't checked that the image exists."""
        return f"{LOCAL_NAME}:{tag}"


@dataclass(frozen=True)
class Buildah:
    """buildah, with a temporary store for each push.

    - `from_docker`: whether images are in Docker's store; if not, each is an archive.
    """

    from_docker: bool = False
    command: str = "buildah"

    def push(self, source: str, remote: str) -> None:
        """Push an image of Docker, or of an archive, to the registry as `remote`."""
        with tempfile.TemporaryDirectory(prefix="hospup-push-") as folder:
            archive = source
            if self.from_docker and not Path(source).is_file():
                archive = f"{folder}/image.tar"  # buildah reads from Docker by an API that newer daemons refuse
                _run(["docker", "save", "--output", archive, source])
            store = ["--storage-driver", "vfs", "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
            pulled = _run([self.command, *store, "pull", "--quiet", f"docker-archive:{archive}"], capture=True)
            _run([self.command, *store, "push", *_COMPRESSION, pulled, f"docker://{remote}"])

    def source(self, tag: str) -> str:
        """The image's name in Docker, or its archive in `dist/image`, for any processor.

        Raises `UsageError` unless there is exactly one archive. It isn't checked that Docker has the image.
        """
        if self.from_docker:
            return f"{LOCAL_NAME}:{tag}"
        found = sorted(str(path) for path in ARCHIVES.glob(f"{LOCAL_NAME}-{tag}-*.tar"))
        if not found:
            raise UsageError(
                f"There is no {LOCAL_NAME}-{tag}-*.tar in {ARCHIVES}: hospup-video image build --tag {tag}."
            )
        if len(found) > 1:
            raise UsageError(f"{tag} was built more than once: name one with --local, of {', '.join(found)}.")
        return found[0]


Engine = Docker | Buildah


def find_engine() -> Engine:
    """buildah if it is installed, else Docker if its daemon answers. Raises `UsageError` if there is neither."""
    if shutil.which("buildah"):
        return Buildah(from_docker=docker_answers())
    if docker_answers():
        return Docker()
    why = "Docker's daemon doesn't answer" if shutil.which("docker") else "there is no Docker"
    raise UsageError(f"Images can't be pushed: {why}, and there is no buildah. Start Docker, or install buildah.")


def docker_answers() -> bool:
    """Whether Docker's daemon answers; the command alone can push nothing."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=15)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def log_in(engine: Engine, login: Login) -> None:
    """Log in. The password is passed by standard input, so no process list shows it. Raises `FindingError`."""
    arguments = ["login", "--username", login.username, "--password-stdin", login.registry]
    _run([engine.command, *arguments], stdin=login.password)


def _run(command: Sequence[str], *, stdin: str = "", capture: bool = False) -> str:
    """Run an engine. Returns its output if `capture` is set; otherwise the output goes to the terminal.

    Raises `FindingError` if it fails; the engine has printed why.
    """
    printed = subprocess.PIPE if capture else None if console.is_terminal else subprocess.DEVNULL
    done = subprocess.run(command, input=stdin, stdout=printed, text=True, check=False)
    if done.returncode:
        step = next(word for word in command if word in {"login", "tag", "save", "pull", "push"})
        raise FindingError(f"{Path(command[0]).name} {step} ended with {done.returncode}: it said why above.")
    return (done.stdout or "").strip()
