"""buildah, or Docker where there is no buildah: whatever can log in to a registry and push.

`python -m tools.image build` leaves the image in Docker's store, or where Docker doesn't answer as an archive in
`dist/image`. buildah takes either, and packs what it pushes with zstd, which Docker's own store can't: 155 MB rather
than 183, that much less for each worker to pull.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ops.errors import FindingError, UsageError
from ops.registry import Login
from ops.show import console
from ops.terraform import ROOT

LOCAL_NAME = "hospup-ffmpeg-worker"
"""What the image is called here, before its tag."""
ARCHIVES = ROOT / "dist" / "image"

_PACKED = ("--format", "oci", "--compression-format", "zstd", "--compression-level", "20")
"""OCI's format, since Docker's knows no zstd; the level is the best of the four that buildah's library has."""


@dataclass(frozen=True)
class Docker:
    """Docker, with the images in its own store."""

    command: str = "docker"

    def push(self, source: str, remote: str) -> None:
        """Push an image under its name in the registry."""
        _run([self.command, "tag", source, remote])
        _run([self.command, "push", remote])

    def source(self, tag: str) -> str:
        """The image's name; whether there is one is Docker's to say."""
        return f"{LOCAL_NAME}:{tag}"


@dataclass(frozen=True)
class Buildah:
    """buildah, with a store that is made for the push, and deleted.

    - `from_docker`: whether images are in Docker's store; else each is an archive.
    """

    from_docker: bool = False
    command: str = "buildah"

    def push(self, source: str, remote: str) -> None:
        """Push an image, or an archive's, under its name in the registry."""
        with tempfile.TemporaryDirectory(prefix="hospup-push-") as folder:
            archive = source
            if self.from_docker and not Path(source).is_file():
                archive = f"{folder}/image.tar"  # buildah's own way to Docker speaks an API that newer ones refuse
                _run(["docker", "save", "--output", archive, source])
            store = ["--storage-driver", "vfs", "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
            pulled = _run([self.command, *store, "pull", "--quiet", f"docker-archive:{archive}"], reads=True)
            _run([self.command, *store, "push", *_PACKED, pulled, f"docker://{remote}"])

    def source(self, tag: str) -> str:
        """The image's name in Docker, or the archive in `dist/image`, of whichever processor.

        Raises `UsageError` unless there is just one archive; whether Docker has the image is Docker's to say.
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
    """buildah if it is there, else Docker if its daemon answers. Raises `UsageError`."""
    if shutil.which("buildah"):
        return Buildah(from_docker=docker_answers())
    if docker_answers():
        return Docker()
    why = "Docker's daemon doesn't answer" if shutil.which("docker") else "there is no Docker"
    raise UsageError(f"Images can't be pushed: {why}, and there is no buildah. Start Docker, or install buildah.")


def docker_answers() -> bool:
    """Whether Docker's daemon is there: its command alone can push nothing."""
    try:
        done = subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=15)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def log_in(engine: Engine, login: Login) -> None:
    """Log in; the password goes by standard input, where no process list shows it. Raises `FindingError`."""
    arguments = ["login", "--username", login.username, "--password-stdin", login.registry]
    _run([engine.command, *arguments], typed=login.password)


def _run(command: Sequence[str], *, typed: str = "", reads: bool = False) -> str:
    """Run an engine, and return what it printed if that is to be read; else a person sees it.

    Raises `FindingError` where it fails; it has said why by then.
    """
    printed = subprocess.PIPE if reads else None if console.is_terminal else subprocess.DEVNULL
    done = subprocess.run(command, input=typed, stdout=printed, text=True, check=False)
    if done.returncode:
        step = next(word for word in command if word in {"login", "tag", "save", "pull", "push"})
        raise FindingError(f"{Path(command[0]).name} {step} ended with {done.returncode}: it said why above.")
    return (done.stdout or "").strip()
