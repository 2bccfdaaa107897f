"""Starts looker.py in a cage, and talks with it: questions in, answers out, one round after the other.

Starting it and loading PyAV takes 0.1 s, in which whoever needs it can do something else; so can they while it looks.
What it says is a stranger's word: inspection.py checks it.
"""

import importlib.util
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from worker.cancelled import CancelledError
from worker.video.process import Cage, Process, caged, wait

_CAGE = Cage(memory_bytes=2 * 1024**3, file_bytes=0)
"""The first frames of an 8K video take 1 GiB."""

_WALL_SECONDS = 120.0
"""Of a round. Far beyond the processor time that its files may take: this is for a machine that stands still."""

_ANSWER_CHARACTERS = 200_000
"""Of all answers together (and of all complaints); an honest one has 400."""

READY = "ready"
"""What looker.py says first."""

_POLL_SECONDS = 0.1


class InspectionError(Exception):
    """The looking itself failed, and no file is to blame. Counts as transient: the job is tried again."""


@dataclass(frozen=True)
class Heard:
    """What a looker answered, line by line; and if that isn't all: whether it had begun well, what it complained of,
    and how it ended."""

    lines: tuple[str, ...]
    is_ready: bool = True
    messages: str = ""
    returncode: int = 0


class Looker:
    """A looker that waits for questions. One round after the other: `ask`, then `hear`."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  pipes
        self._process = process
        self._asked = process.stdin
        self._answers = _Lines(process.stdout)
        self._messages = _Lines(process.stderr)
        self._is_ready = False

    def ask(self, request: str) -> None:
        """Send a request, one line of JSON. Doesn't wait."""
        threading.Thread(target=_tell, args=(self._asked, request + "\n"), daemon=True).start()

    def hear(self, count: int, cancelled: Callable[[], bool]) -> Heard:
        """Wait for `count` answers. Raises `CancelledError`, and `InspectionError` where it takes too long."""
        started = time.monotonic()
        lines: list[str] = []
        while len(lines) < count:
            line = self._answers.next(_POLL_SECONDS)
            if line is None:
                return self._ended(lines)
            if line and self._is_ready:
                lines.append(line)
            self._is_ready = self._is_ready or line == READY
            if cancelled():
                raise CancelledError
            if time.monotonic() - started > _WALL_SECONDS:
                raise InspectionError(f"Looking into the sources took longer than {_WALL_SECONDS:g} s.")
        return Heard(tuple(lines))

    def _ended(self, lines: Sequence[str]) -> Heard:
        wait(self._process, _POLL_SECONDS)
        returncode = self._process.returncode
        messages = []
        while message := self._messages.next(_POLL_SECONDS):
            messages.append(message)
        # One that talks on and on is about to be killed.
        ended = -signal.SIGKILL if returncode is None else returncode
        return Heard(tuple(lines), self._is_ready, "\n".join(messages), ended)


@contextmanager
def looker() -> Iterator[Looker]:
    """A looker that loads what it needs while the block begins; it is gone when the block is left."""
    with caged(_command(), _CAGE, workdir=Path("/"), is_told_later=True) as process:
        yield Looker(process)


def _command() -> list[str]:
    """Python without its site, that finds this package and PyAV alone."""
    av = importlib.util.find_spec("av")
    assert av is not None and av.origin is not None  # noqa: S101, PT018  a requirement of the worker
    paths = [str(Path(__file__).parents[2]), str(Path(av.origin).parents[1])]
    code = "import sys; sys.path += sys.argv[1:]; from worker.video.looker import main; main()"
    return [sys.executable, "-I", "-S", "-c", code, *paths]


def _tell(pipe: IO[str], request: str) -> None:
    """Write it all, past Python's buffer: what is left in that would fail once more when the pipe is closed."""
    data = request.encode()
    with suppress(OSError):  # it has ended, or was ended: what it said before tells why
        while data:
            data = data[os.write(pipe.fileno(), data) :]


class _Lines:
    """Reads a pipe's lines on a thread, to its end or as far as is sensible."""

    def __init__(self, pipe: IO[str]) -> None:
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(pipe,), daemon=True).start()

    def next(self, seconds: float) -> str | None:
        """The next line; "" where none comes within `seconds`, None where none ever will."""
        try:
            line = self._queue.get(timeout=seconds)
        except queue.Empty:
            return ""
        if line is None:
            self._queue.put(None)  # for whoever asks again
        return line

    def _read(self, pipe: IO[str]) -> None:
        left = _ANSWER_CHARACTERS
        with suppress(ValueError):  # closed, since the looker isn't needed any more
            while (line := pipe.readline(left)).endswith("\n"):  # a line that was cut off counts as none
                left -= len(line)
                self._queue.put(line.strip())
        self._queue.put(None)
