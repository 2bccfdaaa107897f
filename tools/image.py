"""`make image`: builds the worker's image with Docker, or without a daemon with buildah.

With buildah the image ends up as an archive in `dist/image`, which `docker load`, `skopeo copy docker-archive:FILE` and
`buildah pull docker-archive:FILE` take; buildah's own storage, which grows by gigabytes, is deleted. Where Docker Hub
can't be reached, the base is made of Debian's packages by mmdebstrap.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modules.config import ConfigurationError
from modules.loader import load
from tools.indexes import secrets

ROOT = Path(__file__).resolve().parents[1]
ARCHIVES = ROOT / "dist" / "image"
REPOSITORY = "hospup-ffmpeg-worker"
BASE_IMAGE, LOCAL_BASE, SUITE = "debian:trixie-slim", "localhost/debian:trixie", "trixie"
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""Fargate's name of an architecture, and the image's."""

_PULL_SECONDS = 30


class ImageError(RuntimeError):
    """The image can't be built; the message says why and what to do."""


def main() -> int:
    """Run the command line. Returns the exit code: 0 done, 1 the build failed, 2 nothing here can build."""
    parser = argparse.ArgumentParser(prog="python -m tools.image", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build_ = commands.add_parser("build", help="build the image")
    build_.add_argument("--tag", help="the image's tag (default: what git calls this commit)")
    build_.add_argument("--archive", type=Path, help="write the image to this file too (with buildah: there alone)")
    processor = build_.add_mutually_exclusive_group()
    processor.add_argument(
        "--platform", choices=sorted(PLATFORMS.values()), help="processor (default: that of ENV's environment)"
    )
    processor.add_argument("--native", action="store_true", help="this machine's processor")
    unpack_ = commands.add_parser("unpack", help="lay an archive's layers into a folder")
    unpack_.add_argument("archive", type=Path)
    unpack_.add_argument("folder", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or gigabytes of buildah's storage would stay
    try:
        if options.command == "unpack":
            unpack(options.archive, options.folder)
        else:
            wanted = native() if options.native else options.platform or platform_of(os.environ.get("ENV", "dev"))
            print(build(options.tag or described(), wanted, options.archive))
    except (ImageError, ConfigurationError) as error:
        print(f"image: {error}", file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as error:
        print(
            f"image: {Path(error.cmd[0]).name} ended with {error.returncode}; its own words stand above.",
            file=sys.stderr,
        )
        return 1
    return 0


def build(tag: str, target: str, archive: Path | None = None) -> str:
    """Build the image for a target platform. Returns where it is: a name that Docker knows, or an archive's path."""
    with secrets() as found:
        return _build(tag, target, archive, found)


def _build(tag: str, target: str, archive: Path | None, found: Mapping[str, Path]) -> str:
    if has_docker():
        name = f"{REPOSITORY}:{tag}"
        _run(["docker", "build", *_arguments(tag, target, BASE_IMAGE, found), "--tag", name, str(ROOT)])
        if archive:
            archive.parent.mkdir(parents=True, exist_ok=True)
            _run(["docker", "save", "--output", str(archive), name])
        return name
    if not shutil.which("buildah"):
        raise ImageError("neither Docker's daemon nor buildah is here: start Docker, or (Debian) install buildah.")
    archive = archive or ARCHIVES / f"{REPOSITORY}-{tag}-{target.rpartition('/')[2]}.tar"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with _buildah() as buildah:
        base = _base(buildah)
        name = f"localhost/{REPOSITORY}:{tag}"
        # chroot: no capabilities, cgroups or network namespaces of its own are needed, so it works inside containers.
        # Docker's format: OCI's knows no health check.
        how = ["--isolation", "chroot", "--format", "docker"]
        how += ["--build-arg", f"BUILDPLATFORM={native()}"]  # Docker knows it by itself, and not every buildah does
        if "overlay" in buildah:
            how.append("--layers")  # or all is one layer; vfs would copy the whole file system at each step, 46 GB
        _run([*buildah, "build", *how, *_arguments(tag, target, base, found), "--tag", name, str(ROOT)])
        archive.unlink(missing_ok=True)
        _run([*buildah, "push", "--quiet", name, f"docker-archive:{archive.resolve()}:{REPOSITORY}:{tag}"])
    return str(archive)


def native() -> str:
    """The platform of this machine."""
    return PLATFORMS["ARM64" if platform.machine() in {"aarch64", "arm64"} else "X86_64"]


def has_docker() -> bool:
    """Whether Docker is here and its daemon answers."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def platform_of(environment: str) -> str:
    """The platform that an environment's workers run on. Raises ConfigurationError where there is no such file."""
    return PLATFORMS[load(ROOT / "environments", environment).fleet.architecture]


def described() -> str:
    """A tag for what is checked out: git's short commit, with `-dirty` where files differ from it."""
    return _git("describe", "--always", "--dirty", "--exclude=*")


def unpack(archive: Path, folder: Path) -> None:
    """Lay the layers of an archive, as `docker save` writes it too, over each other in `folder`.

    Raises ImageError where it is no such archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        with tarfile.open(archive) as image:
            for name in description(image)["Layers"]:
                with tarfile.open(fileobj=image.extractfile(name), mode="r:*") as layer:
                    # Ours: modes, owners and links must stay as they are.
                    layer.extractall(folder, filter="fully_trusted")  # noqa: S202
    except (OSError, KeyError, tarfile.TarError) as error:
        raise ImageError(f"{archive} can't be unpacked as an image's archive: {error}.") from error


def description(image: tarfile.TarFile) -> dict[str, Any]:
    """What an archive says of its one image: `Config` and `Layers`, the lowest first, as names within the archive.

    Raises KeyError where the archive holds no image.
    """
    file = image.extractfile("manifest.json")
    if file is None:
        raise KeyError("manifest.json")
    (described_image,) = json.load(file)
    return dict(described_image)


def _arguments(tag: str, target: str, base: str, found: Mapping[str, Path]) -> list[str]:
    """What Docker and buildah are told alike."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    # The commit's time rather than today's: the same commit makes the same labels.
    values = {"BASE_IMAGE": base, "VERSION": f"{version}+{tag}", "REVISION": _git("rev-parse", "HEAD")}
    values["CREATED"] = _git("show", "--no-patch", "--format=%cI", "HEAD")
    arguments = ["--file", str(ROOT / "worker" / "Dockerfile"), "--platform", target]
    for name, value in values.items():
        arguments += ["--build-arg", f"{name}={value}"]
    for name, path in found.items():
        arguments += ["--secret", f"id={name},src={path}"]
    return arguments


@contextmanager
def _buildah() -> Iterator[list[str]]:
    """buildah with a storage of its own (3 GB in the system's temporary folder), which is deleted in the end."""
    with tempfile.TemporaryDirectory(prefix="buildah-") as storage:
        for driver in ("overlay", "vfs"):  # overlay doesn't work upon itself, so not in most containers
            place = ["--root", f"{storage}/{driver}", "--runroot", f"{storage}/run-{driver}"]
            buildah = ["buildah", "--storage-driver", driver, *place]
            if subprocess.run([*buildah, "info"], capture_output=True, check=False).returncode == 0:
                break
        try:
            yield buildah
        finally:  # a build that failed leaves containers, mounted, which nobody could delete
            subprocess.run([*buildah, "rm", "--all"], capture_output=True, check=False)


def _base(buildah: list[str]) -> str:
    """The base image: pulled, or where that is not possible made here."""
    name = f"docker.io/library/{BASE_IMAGE}"
    try:
        subprocess.run([*buildah, "pull", "--quiet", name], capture_output=True, timeout=_PULL_SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        if not shutil.which("mmdebstrap"):
            raise ImageError(
                f"{name} can't be pulled, and mmdebstrap, which would make a base of Debian's packages, is not here: "
                "install mmdebstrap, or mend the way to the registry."
            ) from None
    else:
        return name
    print(f"{name} can't be pulled: a base is made of Debian's packages.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        packages = Path(scratch) / "base.tar"
        _run(["mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", SUITE, str(packages)])
        container = subprocess.run([*buildah, "from", "scratch"], capture_output=True, text=True, check=True)
        _run([*buildah, "add", "--quiet", container.stdout.strip(), str(packages), "/"])
        _run([*buildah, "commit", "--quiet", "--rm", container.stdout.strip(), LOCAL_BASE])
    return LOCAL_BASE


def _run(command: list[str]) -> None:
    # What tools say goes to standard error: standard output is for where the image is.
    subprocess.run(command, stdout=sys.stderr, check=True)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImageError("this is no git checkout: the image's labels and tag come from its commit.")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
