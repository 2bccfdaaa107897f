"""Python programs forked from a process that has imported them already, which starts them in a fraction of the time."""

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(
    [
        "ops.cli",
        # What a worker imports after it has read its environment, too.
        "worker.__main__",
        "worker.consumer.start",
        "worker.consumer.wiring",
        "worker.painter.painter",
        "worker.telemetry.peak_jobs",
        "worker.video.ffmpeg",
    ]
)


def become(module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
    """In a forked process: become `python -m MODULE ARGUMENTS` in a folder, with that environment and no other."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__")


def run(
    module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path, typed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `python -m MODULE ARGUMENTS` to its end, with `typed` as its standard input.

    Raises subprocess.TimeoutExpired after a minute.
    """
    with tempfile.TemporaryDirectory() as name:
        streams = [Path(name) / stream for stream in ("in", "out", "err")]
        for stream in streams:
            stream.touch()
        streams[0].write_text(typed, encoding="utf-8")
        process = forks.Process(target=_run, args=(streams, module, arguments, dict(environment), folder))
        process.start()
        process.join(60)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(module, 60)
        out, err = (stream.read_text(encoding="utf-8") for stream in streams[1:])
    return subprocess.CompletedProcess([module, *arguments], process.exitcode, out, err)


def _run(
    streams: Sequence[Path], module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> None:
    for number, (stream, flags) in enumerate(zip(streams, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        os.dup2(os.open(stream, flags), number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  multiprocessing has put another in its place
    become(module, arguments, environment, folder)
