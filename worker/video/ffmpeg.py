"""Runs FFmpeg: the only file of the worker that starts a process.

FFmpeg reads what strangers uploaded. It runs with next to no environment (no credentials), in its own process group,
without a terminal, under resource limits, and under two watchdogs; it is killed as a group when it overruns,
when it stands still, when the job is cancelled, and when the worker dies.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from worker.cancelled import CancelledError

_POLL_SECONDS = 0.1
"""How often watchdogs and cancellation are looked at."""

_LAUNCH = Path(__file__).with_name("launch.py")

_STDERR_LINES = 40
"""Of FFmpeg's messages kept for the error; the last ones say what went wrong."""


@dataclass(frozen=True)
class Limits:
    """What one run may use. Without them a broken file holds a worker for ever, or fills its disk."""

    wall_seconds: float = 3600.0
    """Of the whole run."""
    stall_seconds: float = 60.0
    """Without a frame of progress."""
    file_bytes: int = 8 * 1024**3
    """Of the file that is written."""
    memory_bytes: int = 6 * 1024**3
    """Of data (heap and private mappings); a task has 4 GB: this stops the absurd, not the large."""


class FFmpegError(Exception):
    """FFmpeg failed, was stopped by a watchdog, or by a signal. Counts as transient: the job is tried again.

    `returncode` is negative for a signal, `messages` the last lines that it wrote.
    """

    def __init__(self, reason: str, returncode: int | None, messages: Sequence[str]) -> None:
        super().__init__(f"FFmpeg {reason}: {' | '.join(messages[-6:]) or 'it said nothing'}")
        self.returncode = returncode
        self.messages = tuple(messages)


@cache
def executable() -> str:
    """The static FFmpeg that comes with imageio-ffmpeg: the same build in development, in CI and in the image."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def run(
    arguments: Sequence[str],
    *,
    workdir: Path,
    frames: int = 0,
    on_progress: Callable[[float], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    limits: Limits = Limits(),
) -> None:
    """Run FFmpeg with `arguments` (inputs, filters, outputs), in `workdir`.

    `on_progress` hears the share 0..1 of `frames` that is encoded; `cancelled` is asked ten times a second. Raises
    `FFmpegError`, or `CancelledError` after a cancellation.
    """
    command = [*_launcher(limits), executable(), *_COMMON, *arguments]
    started = time.monotonic()
    with _process(command, workdir) as process:
        watch = _Watch(process, frames)
        while process.poll() is None:
            watch.wait(_POLL_SECONDS)
            if cancelled():
                raise CancelledError
            now = time.monotonic()
            if now - started > limits.wall_seconds:
                raise FFmpegError(f"took longer than {limits.wall_seconds:g} s", None, watch.messages)
            if now - watch.moved_at > limits.stall_seconds:
                raise FFmpegError(f"made no progress for {limits.stall_seconds:g} s", None, watch.messages)
            if frames:
                on_progress(watch.fraction)
        watch.finish()
        if process.returncode:
            raise FFmpegError(_reason(process.returncode), process.returncode, watch.messages)
    if frames:
        on_progress(1.0)


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
    """Reads what FFmpeg says, on two threads, so that no pipe ever fills."""

    def __init__(self, process: "subprocess.Popen[str]", frames: int) -> None:
        self.moved_at = time.monotonic()
        self.fraction = 0.0
        self._frames = frames
        self._positions: dict[str, str] = {}
        self._lines: deque[str] = deque(maxlen=_STDERR_LINES)
        self._process = process
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

    def wait(self, seconds: float) -> None:
        """Until the process ends, but no longer than `seconds`."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

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


@contextmanager
def _process(command: Sequence[str], workdir: Path) -> "Iterator[subprocess.Popen[str]]":
    """A running FFmpeg, whose whole group is gone when the block is left."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        cwd=workdir,
        env={"LANG": "C.UTF-8", "TMPDIR": str(workdir)},
        process_group=0,
    ) as process:
        try:
            yield process
        finally:
            _kill_group(process)


def _launcher(limits: Limits) -> list[str]:
    """What limits itself and then becomes FFmpeg; see launch.py."""
    values = (os.getpid(), limits.memory_bytes, limits.file_bytes)
    return [sys.executable, "-I", "-S", str(_LAUNCH), *map(str, values)]


def _kill_group(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _reason(returncode: int) -> str:
    if returncode < 0:
        return f"was killed by {signal.Signals(-returncode).name}"
    return f"failed with code {returncode}"
