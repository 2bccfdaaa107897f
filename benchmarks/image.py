"""`make bench-image`: measures the compressed size of the image, and how soon its worker starts.

Size: each part of the image's file system as gzip -6 would hold it, which is what `docker push` does, and as zstd -12
would, which Fargate takes too. Start: medians of fresh processes in the image's file system, page cache warm: from the
start of the process to the AWS clients, and to the first request that reaches SQS. CPU time is printed as well,
since other work on the machine doesn't change it much; 25 ms of either are the change of root.
"""

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.image.container import Container, configuration
from tools.image import unpack

SITE = "usr/local/lib/python3*/dist-packages"
PARTS = {
    "FFmpeg": (f"{SITE}/imageio_ffmpeg",),
    "PyAV": (f"{SITE}/av", f"{SITE}/av.libs"),
    "Skia": (f"{SITE}/skia*",),
    "other Python packages": (SITE,),
    "fonts": ("app/worker/fonts",),
    "Debian: Python, libraries": ("usr", "etc", "var"),
    "worker": ("app",),
}
"""Parts of the image and their paths, without the paths of the parts above."""

CLIENT = "from worker.aws.clients import make_clients; make_clients('eu-west-1'); import os; os.write(1, b'!')"


def main() -> int:
    """Measure and print. Needs root, as the image's test does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path, help="the image's archive")
    parser.add_argument("--runs", type=int, default=7, help="starts to take the median of (default %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root, tmp = Path(folder) / "root", Path(folder) / "tmp"
        Path(folder).chmod(0o755)
        tmp.mkdir()
        tmp.chmod(0o1777)
        unpack(options.archive, root)
        container = Container(root, configuration(options.archive), tmp)
        print(f"{'ms from process start to':26}{'clock':>8}{'CPU':>9}")
        for name, measure in (("the AWS clients", to_client), ("the first poll", to_first_poll)):
            clock, cpu = zip(*(measure(container) for _ in range(options.runs)), strict=True)
            print(f"{name:26}{statistics.median(clock) * 1000:8.0f}{statistics.median(cpu) * 1000:9.0f}")
        print(f"(medians of {options.runs}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f})\n", flush=True)
        print_sizes(root)
    return 0


def print_sizes(root: Path) -> None:
    """Print a table of the parts' sizes; removes each part after it is measured."""
    print(f"{'MB':26}{'plain':>8}{'gzip -6':>9}{'zstd -12':>9}")
    total = [0.0, 0.0, 0.0]
    for name, patterns in PARTS.items():
        paths = [path.relative_to(root) for pattern in patterns for path in root.glob(pattern)]
        tar = ["tar", "--create", "--directory", str(root), *map(str, paths)]
        sizes = [
            _megabytes(tar, ["cat"]),
            _megabytes(tar, ["gzip", "-6"]),
            _megabytes(tar, ["zstd", "-q", "-12", "-T0"]),
        ]
        print(f"{name:26}" + f"{sizes[0]:8.1f}{sizes[1]:9.1f}{sizes[2]:9.1f}")
        total = [sum(pair) for pair in zip(total, sizes, strict=True)]
        for path in paths:
            if (root / path).is_dir():
                shutil.rmtree(root / path)
            else:
                (root / path).unlink()
    print(f"{'together':26}" + f"{total[0]:8.1f}{total[1]:9.1f}{total[2]:9.1f}")


def _megabytes(tar: list[str], compress: list[str]) -> float:
    size = 0
    with (
        subprocess.Popen(tar, stdout=subprocess.PIPE) as packing,
        subprocess.Popen(compress, stdin=packing.stdout, stdout=subprocess.PIPE) as compressing,
    ):
        assert compressing.stdout is not None  # noqa: S101  PIPE is set
        while chunk := compressing.stdout.read(1 << 20):
            size += len(chunk)
    return size / 1e6


def to_client(container: Container) -> tuple[float, float]:
    """Seconds from the start of a process to its AWS clients, by the clock and of CPU."""
    started = time.perf_counter()
    process = _start(container, ["python", "-c", CLIENT], {})
    assert process.stdout is not None  # noqa: S101  PIPE is set
    with process.stdout:
        process.stdout.read(1)
        return time.perf_counter() - started, _cpu_seconds(process)


def to_first_poll(container: Container) -> tuple[float, float]:
    """Seconds from the start of a worker to its first connection to SQS, by the clock and of CPU."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "SQS_QUEUE_URL": f"{endpoint}/1/jobs",
            "MEDIA_BUCKET": "media",
            "JOBS_TABLE": "jobs",
        }
        started = time.perf_counter()
        process = _start(container, ["python", "-m", "worker"], environment)
        assert process.stdout is not None  # noqa: S101  PIPE is set
        with process.stdout:
            server.accept()[0].close()
            seconds = time.perf_counter() - started
            process.kill()
            return seconds, _cpu_seconds(process)


def _cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """CPU seconds of a process, after waiting for its end."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime


def _start(container: Container, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    inside = container.inside(command, {"AWS_DEFAULT_REGION": "eu-west-1"} | dict(environment))
    return subprocess.Popen(inside, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
