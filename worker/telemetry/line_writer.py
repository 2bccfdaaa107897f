"""Writes lines to a file descriptor on a thread of its own, so that no caller waits for the reader at the other end."""

import contextlib
import os
import threading
from collections import deque

LINES_MAX = 1000
"""Most lines that wait to be written: what a worker logs in hours, and about a megabyte."""


class LineWriter:
    """Writes lines in the order in which they come.

    Params:
        descriptor: an open file, such as the pipe to a container's log driver.
        lines_max: how many lines wait at most while the reader is slow.
    """

    def __init__(self, descriptor: int, lines_max: int = LINES_MAX) -> None:
        self._descriptor = descriptor
        self._lines_max = lines_max
        self._lines: deque[str] = deque()
        self._changed = threading.Condition()
        threading.Thread(target=self._run, name="log-writer", daemon=True).start()

    def write(self, line: str) -> bool:
        """Write a line soon, without waiting. Returns False where too many wait already: the line is dropped."""
        with self._changed:
            if len(self._lines) >= self._lines_max:
                return False
            self._lines.append(line)
            self._changed.notify_all()
            return True

    def flush(self, seconds: float) -> bool:
        """Wait until all lines are written, `seconds` at most. Returns whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lines, seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                line = self._lines[0]
            with contextlib.suppress(OSError):  # nobody will ever read it
                self._write(line)
            with self._changed:
                self._lines.popleft()
                self._changed.notify_all()

    def _write(self, line: str) -> None:
        rest = f"{line}\n".encode(errors="backslashreplace")
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
