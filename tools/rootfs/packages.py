"""The layers `ffmpeg` and `libraries`: the wheels of worker/requirements.lock for the target's processor, cut to what a
worker uses."""

import shutil
import sys
from pathlib import Path

from tools.rootfs.building import compile_all, index_environment, remove, run
from tools.rootfs.stripping import strip

SITE = Path("usr/local/lib/python3.13/dist-packages")

REQUIREMENTS = Path("/image/worker/requirements.lock")
"""Every package of the image with the hashes of its files: pip installs no other file."""

_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
_GLIBC = ("2_17", "2_24", "2_26", "2_27", "2_28", "2_31", "2_34")
"""Versions of glibc in wheels' platform tags, up to Debian 13's 2.41."""

SERVICES = ("dynamodb", "s3", "sqs", "sts")
"""AWS services that a worker calls; sts is for the credentials of an assumed role."""

_SHARED_DATA = ("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json")

_UNUSED = (
    "bin",
    "share",
    "**/tests",
    "**/*.c",
    "**/*.h",
    "**/*.pxd",
    "**/*.pyi",
    "**/*.pyx",
    "boto3/data",
    "boto3/examples",
    "botocore/data/*/*/examples-1.json*",
    # fonttools only reads and writes fonts here.
    *(f"fontTools/{part}" for part in ("cu2qu", "designspaceLib", "feaLib", "fontBuilder.py", "merge", "mtiLib")),
    *(f"fontTools/{part}" for part in ("qu2cu", "t1Lib", "ufoLib", "voltLib")),
    # Dependencies of skia-python for arrays and for building; a worker passes bytes.
    *("numpy", "numpy-*.dist-info", "numpy.libs", "pybind11", "pybind11-*.dist-info"),
)


def make(architecture: str, *, ffmpeg: Path, libraries: Path) -> None:
    """Install the wheels for `architecture` (Debian's name of it), FFmpeg in a separate layer."""
    site = libraries / SITE
    machine = _MACHINES[architecture]
    platforms = [f"--platform=manylinux_{glibc}_{machine}" for glibc in _GLIBC]
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-compile",
        "--root-user-action=ignore",
    ]
    chosen = ["--only-binary=:all:", *platforms, f"--platform=manylinux2014_{machine}", "--target", str(site)]
    run([*install, *chosen, "--require-hashes", "-r", str(REQUIREMENTS)], environment=index_environment())
    _keep_services(site / "botocore" / "data")
    remove(site, _UNUSED)
    strip(site, architecture)
    compile_all(site, Path("/") / SITE, keep_sources=False)
    (ffmpeg / SITE / "imageio_ffmpeg").mkdir(parents=True)
    shutil.move(site / "imageio_ffmpeg" / "binaries", ffmpeg / SITE / "imageio_ffmpeg" / "binaries")


def _keep_services(data: Path) -> None:
    """Delete botocore's descriptions of the services that a worker doesn't call: 30 MB."""
    for path in data.iterdir():
        if path.is_dir() and path.name not in SERVICES:
            shutil.rmtree(path)
        elif path.is_file() and path.name.removesuffix(".gz") not in _SHARED_DATA:
            path.unlink()
