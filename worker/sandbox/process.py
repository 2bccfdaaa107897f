"""Starts processes in a sandbox: the only file of the worker that starts any.

A sandboxed process reads untrusted bytes. It has next to no environment (no credentials), its own process group, no
terminal, no network, and limits that hold before its first instruction (launch.py). Its process group, and whatever it
left behind (leftovers.py), is killed when the block that uses it is left, and when the worker dies.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from worker.sandbox import leftovers

Process = subprocess.Popen[str]
"""A running process; its output and messages are text."""

_PR_SET_DUMPABLE = 4

_LAUNCH = "import sys; sys.path.append(sys.argv[1]); from worker.sandbox.launch import main; main()"
_CODE = str(Path(__file__).parents[2])

_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/urandom", sys.prefix, sys.base_prefix)
"""What every program may read, where the kernel has Landlock: libraries, and Python itself."""


@dataclass(frozen=True)
class SandboxLimits:
    """Most that a process may use. Without limits, a broken file fills the worker's memory or its disk."""

    memory_bytes: int
    """Data: heap and private mappings (RLIMIT_DATA)."""
    file_bytes: int
    """Size of each file that it writes (RLIMIT_FSIZE)."""
    cpu_seconds: int = 7_200
    """Processor time in all (RLIMIT_CPU): a child that reads many files limits each of them by itself (child.py)."""


@contextmanager
def sandboxed(
    command: Sequence[str],
    limits: SandboxLimits,
    *,
    workdir: Path,
    readable: Iterable[Path] = (),
    keep_stdin_open: bool = False,
) -> Iterator[Process]:
    """A running process with pipes for its output and messages, and, with `keep_stdin_open`, for its input (default:
    it reads nothing). It may write below `workdir` (nowhere, if that is `/`), and read there, in `readable` (files or
    folders) and in the system's software. Whatever it started is killed when the block is left. Raises `OSError` if it
    can't be started."""
    program_folder = Path(command[0]).resolve().parent
    paths = "\n".join(map(str, (*_SYSTEM, program_folder, *readable)))
    writable = "" if workdir == Path("/") else str(workdir)
    numbers = (os.getpid(), limits.memory_bytes, limits.file_bytes, limits.cpu_seconds)
    launcher = (sys.executable, "-I", "-S", "-c", _LAUNCH, _CODE, *map(str, numbers), writable, paths)
    with leftovers.while_starting():
        process = subprocess.Popen(
            [*launcher, *command],
            stdin=subprocess.PIPE if keep_stdin_open else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=workdir,
            env={"LANG": "C.UTF-8", "TMPDIR": str(workdir)},
            process_group=0,
        )
        leftovers.started(process.pid)
    with process:
        try:
            yield process
        finally:
            _kill_group(process)
            process.wait()
            leftovers.kill(process.pid)


def make_undumpable() -> None:
    """Hide this process's memory and environment, which hold credentials, from other processes of the same user.

    Code that breaks out of a decoder could otherwise read them in /proc, even from the sandbox.
    https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def wait(process: Process, seconds: float) -> None:
    """Wait until the process ends, at most `seconds`."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def describe_exit(returncode: int) -> str:
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
