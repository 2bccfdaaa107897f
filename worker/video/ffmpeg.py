"""Runs FFmpeg: in a cage (process.py), and under two watchdogs.

It is killed as a group when it overruns, when it stands still, when the job is cancelled, and when the worker dies.
"""

import importlib.util
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from worker.cancelled import CancelledError
from worker.video.process import Cage, Process, caged, ending, wait

_POLL_SECONDS = 0.1
"""How often watchdogs and cancellation are looked at."""

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
    """The static FFmpeg that comes with imageio-ffmpeg: the same build in development, in CI and in the image, never
    another that happens to be installed. Raises `FileNotFoundError` where it is missing."""
    package = importlib.util.find_spec("imageio_ffmpeg")
    folders = package.submodule_search_locations if package else None
    found = [str(path) for folder in folders or () for path in Path(folder, "binaries").glob("ffmpeg-*")]
    if len(found) != 1:
        raise FileNotFoundError("The package imageio-ffmpeg has no FFmpeg for this machine: install it anew.")
    return found[0]


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
    cage = Cage(memory_bytes=limits.memory_bytes, file_bytes=limits.file_bytes)
    started = time.monotonic()
    with caged([executable(), *_COMMON, *arguments], cage, workdir=workdir) as process:
        watch = _Watch(process, frames)
        while process.poll() is None:
            watch.wait(process, _POLL_SECONDS)
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
            raise FFmpegError(ending(process.returncode), process.returncode, watch.messages)
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
        """Until the process ends, but no longer than `seconds`. Its progress ends with it, and a pipe's end is noticed
        at once; asking for the process itself would be done every 50 ms."""
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
