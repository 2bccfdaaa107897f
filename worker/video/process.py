"""Starts processes in a cage: the only file of the worker that does.

What runs there reads what strangers uploaded. It has next to no environment (no credentials), a process group of its
own, no terminal, no network, limits that hold before its first instruction (launch.py); and it is killed as a
group whenever the block that uses it is left, and when the worker dies.
"""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO

Process = subprocess.Popen[str]
"""A running process; its output and messages are text."""

_PR_SET_DUMPABLE = 4

_LAUNCH = Path(__file__).with_name("launch.py")


@dataclass(frozen=True)
class Cage:
    """What a process may use at most; without, a broken file fills the worker's memory or its disk."""

    memory_bytes: int
    """Of data: heap and private mappings (RLIMIT_DATA)."""
    file_bytes: int
    """Of each file that is written (RLIMIT_FSIZE)."""


@contextmanager
def caged(
    command: Sequence[str], cage: Cage, *, workdir: Path, told: str = "", is_told_later: bool = False
) -> Iterator[Process]:
    """A running process with pipes for its output and its messages, and `told` on its standard input, or a pipe there
    if it is told later. Its whole group is gone when the block is left. Raises `OSError` where no process can be
    started."""
    limits = (os.getpid(), cage.memory_bytes, cage.file_bytes)
    launcher = (sys.executable, "-I", "-S", str(_LAUNCH), *map(str, limits))
    with (
        nullcontext(subprocess.PIPE) if is_told_later else _input(told) as stdin,
        subprocess.Popen(
            [*launcher, *command],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=workdir,
            env={"LANG": "C.UTF-8", "TMPDIR": str(workdir)},
            process_group=0,
        ) as process,
    ):
        try:
            yield process
        finally:
            _kill_group(process)


@contextmanager
def _input(told: str) -> Iterator[IO[str] | int]:
    """A file that is read to its end: unlike a pipe it never blocks, and never breaks."""
    if not told:
        yield subprocess.DEVNULL
        return
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        file.write(told)
        file.seek(0)
        yield file


def conceal() -> None:
    """Keep this process's memory and environment, which hold credentials, from whatever runs under the same user.

    What breaks out of a decoder could otherwise read them below /proc, cage or not.
    https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def wait(process: Process, seconds: float) -> None:
    """Until the process ends, but no longer than `seconds`."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def finished(process: Process, seconds: float) -> tuple[str, str] | None:
    """Its output and its messages, once it has ended; None where that takes longer than `seconds`."""
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None


def ending(returncode: int) -> str:
    """How a process ended, in words: "was killed by SIGSEGV", "failed with code 1"."""
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"failed with code {returncode}"


def _kill_group(process: Process) -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
