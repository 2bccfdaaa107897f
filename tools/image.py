"""`make image`: builds the worker's image with Docker, or with buildah if no daemon answers.

buildah writes the image to an archive in `dist/image`, for `docker load`, `skopeo copy docker-archive:FILE` and
`buildah pull docker-archive:FILE`; its storage of several gigabytes is deleted. If Docker Hub can't be reached,
mmdebstrap makes the base image from Debian's packages.
"""

import argparse
import json
import os
import platform
import re
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
from modules.config.loader import load
from tools.indexes import secrets

ROOT = Path(__file__).resolve().parents[1]
ARCHIVES = ROOT / "dist" / "image"
REPOSITORY = "hospup-ffmpeg-worker"
BASE_IMAGE, LOCAL_BASE, SUITE = "debian:trixie-slim", "localhost/debian:trixie", "trixie"
PLATFORMS = {"ARM64": "linux/arm64", "X86_64": "linux/amd64"}
"""Platforms of the image, by Fargate's name of the architecture."""

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""

_PULL_SECONDS = 30


class ImageError(RuntimeError):
    """The image can't be built; the message says why and what to do."""


def main() -> int:
    """Run the command line. Returns the exit code: 0 done, 1 the build failed, 2 there is no tool to build with."""
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that buildah's storage of gigabytes is deleted
    try:
        if options.command == "unpack":
            unpack(options.archive, options.folder)
        else:
            if options.tag and not _TAG.fullmatch(options.tag):
                raise ImageError(f"{options.tag!r} is no image tag: letters, digits, `_`, `.` and `-` may be in it.")
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
    """Build the image for a target platform. Returns its name in Docker, or the path of its archive."""
    with secrets() as found:
        return _build(tag, target, archive, found)


def _build(tag: str, target: str, archive: Path | None, found: Mapping[str, Path]) -> str:
    if has_docker():
        name = f"{REPOSITORY}:{tag}"
        # A statement of provenance would be a second image in the registry, which nothing reads.
        plain = "--provenance=false"
        _run(["docker", "build", plain, *_arguments(tag, target, BASE_IMAGE, found), "--tag", name, str(ROOT)])
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
        # chroot needs no capabilities, cgroups or network namespaces, so it works inside containers.
        # Docker's format: OCI's has no health check.
        how = ["--isolation", "chroot", "--format", "docker"]
        how += ["--build-arg", f"BUILDPLATFORM={native()}"]  # Docker sets it itself, some versions of buildah don't
        if "overlay" in buildah:
            how.append("--layers")  # else the image is one layer; with vfs each step would copy all, 46 GB
        _run([*buildah, "build", *how, *_arguments(tag, target, base, found), "--tag", name, str(ROOT)])
        archive.unlink(missing_ok=True)
        _run([*buildah, "push", "--quiet", name, f"docker-archive:{archive.resolve()}:{REPOSITORY}:{tag}"])
    return str(archive)


def native() -> str:
    """The platform of this machine."""
    return PLATFORMS["ARM64" if platform.machine() in {"aarch64", "arm64"} else "X86_64"]


def has_docker() -> bool:
    """Whether Docker is installed and its daemon answers."""
    if not shutil.which("docker"):
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def platform_of(environment: str) -> str:
    """The platform that an environment's workers run on. Raises ConfigurationError if it has no file."""
    return PLATFORMS[load(ROOT / "environments", environment).fleet.architecture]


def described() -> str:
    """A tag for the checkout: git's short commit, with `-dirty` if files differ from it."""
    return _git("describe", "--always", "--dirty", "--exclude=*")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack the layers of an archive, in the format of `docker save`, over each other into `folder`.

    Raises ImageError if it isn't such an archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    try:
        with tarfile.open(archive) as image:
            for name in description(image)["Layers"]:
                with tarfile.open(fileobj=image.extractfile(name), mode="r:*") as layer:
                    # The archive is trusted: modes, owners and links must stay as they are.
                    layer.extractall(folder, filter="fully_trusted")  # noqa: S202
    except (OSError, KeyError, tarfile.TarError) as error:
        raise ImageError(f"{archive} can't be unpacked as an image's archive: {error}.") from error


def description(image: tarfile.TarFile) -> dict[str, Any]:
    """The manifest of an archive's only image: `Config` and `Layers`, lowest first, as names within the archive.

    Raises KeyError if the archive has no manifest.
    """
    file = image.extractfile("manifest.json")
    if file is None:
        raise KeyError("manifest.json")
    (described_image,) = json.load(file)
    return dict(described_image)


def _arguments(tag: str, target: str, base: str, found: Mapping[str, Path]) -> list[str]:
    """Options of the build that Docker and buildah share."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    # The commit's time, not today's: builds of the same commit have the same labels.
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
    """buildah with temporary storage (3 GB in the system's temporary folder), which is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="buildah-") as storage:
        for driver in ("overlay", "vfs"):  # overlay doesn't work on top of overlay, so not in most containers
            place = ["--root", f"{storage}/{driver}", "--runroot", f"{storage}/run-{driver}"]
            buildah = ["buildah", "--storage-driver", driver, *place]
            if subprocess.run([*buildah, "info"], capture_output=True, check=False).returncode == 0:
                break
        try:
            yield buildah
        finally:  # a failed build leaves mounted containers, which can't be deleted otherwise
            subprocess.run([*buildah, "rm", "--all"], capture_output=True, check=False)


def _base(buildah: list[str]) -> str:
    """The base image: pulled, or made here if it can't be pulled."""
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
    # The tools' output goes to standard error: standard output is for the image's location.
    subprocess.run(command, stdout=sys.stderr, check=True)


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ImageError("this is no git checkout: the image's labels and tag come from its commit.")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
