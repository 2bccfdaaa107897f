"""Runs FFmpeg in the sandbox and under two watchdogs.

Its process group is killed when it takes too long, when it stops making progress, when the job is cancelled, and when
the worker dies.
"""

import errno
import importlib.util
import os
import resource
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import IO

from worker.errors import CancelledError
from worker.sandbox.process import Process, SandboxLimits, describe_exit, sandboxed, wait
from worker.video.context import RenderContext

_POLL_SECONDS = 0.1
"""Seconds between two checks of watchdogs and cancellation."""

_STDERR_LINES = 40
"""Number of FFmpeg's last messages kept for the error; they say what went wrong."""


@dataclass(frozen=True)
class Limits:
    """Most that one run may use. Without limits, a broken file occupies a worker forever or fills its disk."""

    wall_seconds: float = 3600.0
    """Longest duration of the run."""
    stall_seconds: float = 60.0
    """Longest time without progress."""
    file_bytes: int = 8 * 1024**3
    """Largest file that it writes."""
    memory_bytes: int = 6 * 1024**3
    """Most data (heap and private mappings), used or not: this stops the absurd, not the large."""
    resident_bytes: int = 3 * 1024**3
    """Most memory in use. A task has 4 GB; beyond them, Linux kills one of its processes."""
    cpu_seconds: int | None = None
    """Most processor time (default: all cores for `wall_seconds`)."""


class FFmpegError(Exception):
    """FFmpeg failed, or was stopped by a watchdog or a signal. Counts as transient: the job is retried.

    `returncode` is negative for a signal and None for a watchdog; `messages` are the last lines that FFmpeg wrote.
    """

    def __init__(self, reason: str, returncode: int | None, messages: Sequence[str]) -> None:
        super().__init__(f"FFmpeg {reason}: {' | '.join(messages[-6:]) or 'it said nothing'}")
        self.returncode = returncode
        self.messages = tuple(messages)


class LimitExceededError(FFmpegError):
    """FFmpeg used more than it may."""


class MemoryExceededError(LimitExceededError):
    """FFmpeg used more memory than it may, or was refused more."""


class ProcessorTimeExceededError(LimitExceededError):
    """FFmpeg took more processor time than it may."""


@cache
def executable() -> str:
    """Path of the static FFmpeg of the package imageio-ffmpeg: the same build in development, in CI and in the image,
    never another that happens to be installed. Raises `FileNotFoundError` if it is missing."""
    package = importlib.util.find_spec("imageio_ffmpeg")
    folders = package.submodule_search_locations if package else None
    found = [str(path) for folder in folders or () for path in Path(folder, "binaries").glob("ffmpeg-*")]
    if len(found) != 1:
        raise FileNotFoundError("The package imageio-ffmpeg has no FFmpeg for this machine: install it anew.")
    return found[0]


def run(arguments: Sequence[str], context: RenderContext, *, frames: int = 0, limits: Limits = Limits()) -> None:
    """Run FFmpeg with `arguments` (inputs, filters, outputs) in the context's folder.

    If `frames` is given, the context's `on_progress` receives the share of them that is encoded. Raises `FFmpegError`
    (`MemoryExceededError` or `ProcessorTimeExceededError` if that is the reason), or `CancelledError` after a
    cancellation.
    """
    sandbox = SandboxLimits(limits.memory_bytes, limits.file_bytes, limits.cpu_seconds or _all_cores(limits))
    inputs = [Path(value.removeprefix("file:")) for option, value in pairwise(arguments) if option == "-i"]
    started, resident = time.monotonic(), 0
    with (
        _graph_by_file(arguments, context.workdir) as words,
        sandboxed([executable(), *_COMMON, *words], sandbox, workdir=context.workdir, readable=inputs) as process,
    ):
        watch = _Watch(process, frames)
        while process.poll() is None:
            watch.wait(process, _POLL_SECONDS)
            if context.cancelled():
                raise CancelledError
            now = time.monotonic()
            if now - started > limits.wall_seconds:
                raise FFmpegError(f"took longer than {limits.wall_seconds:g} s", None, watch.messages)
            if now - watch.moved_at > limits.stall_seconds:
                raise FFmpegError(f"made no progress for {limits.stall_seconds:g} s", None, watch.messages)
            cpu_seconds, resident_bytes = _usage(process.pid)
            resident = max(resident, resident_bytes)
            if resident > limits.resident_bytes:
                message = f"used more than {limits.resident_bytes >> 20} MiB of memory"
                raise MemoryExceededError(message, None, watch.messages)
            if cpu_seconds > sandbox.cpu_seconds:
                message = f"took more than {sandbox.cpu_seconds} s of processor time"
                raise ProcessorTimeExceededError(message, None, watch.messages)
            if frames:
                context.on_progress(watch.fraction)
        watch.finish()
        if process.returncode:
            is_killed = process.returncode == -signal.SIGKILL and resident > limits.resident_bytes / 2
            is_refused = any(os.strerror(errno.ENOMEM) in line for line in watch.messages)
            error = MemoryExceededError if is_killed or is_refused else FFmpegError
            raise error(describe_exit(process.returncode), process.returncode, watch.messages)
    if frames:
        context.on_progress(1.0)


def _all_cores(limits: Limits) -> int:
    return int(limits.wall_seconds * (os.cpu_count() or 1))


def _usage(process_id: int) -> tuple[float, int]:
    """The processor time in seconds and the memory in bytes that a process uses; zeros if it has ended.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    try:
        after_name = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
    except OSError:
        return 0.0, 0
    user, system, pages = (int(after_name.split()[index]) for index in (11, 12, 21))
    return (user + system) / os.sysconf("SC_CLK_TCK"), pages * resource.getpagesize()


@contextmanager
def _graph_by_file(arguments: Sequence[str], folder: Path) -> Iterator[list[str]]:
    """The arguments with the filter graph in a file: Linux refuses a single argument of more than 128 KiB.

    https://man7.org/linux/man-pages/man2/execve.2.html (MAX_ARG_STRLEN)
    """
    words = list(arguments)
    if "-filter_complex" not in words:
        yield words
        return
    index = words.index("-filter_complex")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=folder, prefix="graph-", suffix=".txt") as file:
        file.write(words[index + 1])
        file.flush()
        words[index : index + 2] = ["-/filter_complex", file.name]
        yield words


_COMMON = (
    "-nostdin",
    "-hide_banner",
    "-loglevel",
    "warning",
    "-nostats",
    "-stats_period",
    "0.5",
    "-progress",
    "pipe:1",
)


class _Watch:
    """Reads FFmpeg's progress and messages on two threads, so that no pipe fills."""

    def __init__(self, process: Process, frames: int) -> None:
        self.moved_at = time.monotonic()
        self.fraction = 0.0
        self._frames = frames
        self._positions: dict[str, str] = {}
        self._lines: deque[str] = deque(maxlen=_STDERR_LINES)
        self._threads = [
            threading.Thread(target=self._read_progress, args=(process.stdout,), daemon=True),
            threading.Thread(target=self._read_messages, args=(process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def messages(self) -> tuple[str, ...]:
        """The last lines of FFmpeg's messages."""
        return tuple(self._lines)

    def wait(self, process: Process, seconds: float) -> None:
        """Wait until the process ends, at most `seconds`. The end of its progress pipe is noticed at once, whereas
        Python polls a process every 50 ms."""
        self._threads[0].join(seconds)
        if not self._threads[0].is_alive():
            wait(process, seconds)

    def finish(self) -> None:
        """Read to the end of both pipes."""
        for thread in self._threads:
            thread.join(timeout=5)

    def _read_progress(self, lines: IO[str]) -> None:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if key in {"frame", "out_time_us", "total_size"} and value != self._positions.get(key):
                self._positions[key] = value
                self.moved_at = time.monotonic()
            if key == "frame" and self._frames and value.isdigit():
                self.fraction = min(int(value) / self._frames, 1.0)

    def _read_messages(self, lines: IO[str]) -> None:
        for line in lines:
            if line.strip():
                self._lines.append(line.strip())
