"""The parent's half of the protocol by which a sandboxed Python process reads untrusted files (child: child.py).

What a child answers is untrusted too: its form is checked here, its content by the caller.
"""

import importlib.util
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from worker.errors import CancelledError
from worker.sandbox.child import READY, RefusedError
from worker.sandbox.process import Process, SandboxLimits, describe_exit, sandboxed, wait

OUTSIDE_SIGNALS = (-signal.SIGKILL, -signal.SIGTERM)
"""Return codes that don't incriminate a file: these signals come from outside, when the container is stopped or the
machine's memory is used up."""

_REASON_CHARACTERS = 200
_POLL_SECONDS = 0.1


class InspectionError(Exception):
    """A child process failed for a reason unrelated to the file. Counts as transient: the job is retried."""


class DiedError(RefusedError):
    """The child died at a file, with a return code as of `subprocess`, and `last` as its last message."""

    def __init__(self, returncode: int, index: int, last: str) -> None:
        self.returncode = returncode
        self.last = last
        self.how = describe_exit(returncode)
        super().__init__(f"looking into it {self.how}", index=index)


@dataclass(frozen=True)
class ChildProgram:
    """A program that reads untrusted files. `subject` is what errors call such a file, "source" for example."""

    command: Sequence[str]
    subject: str
    limits: SandboxLimits
    wall_seconds: float
    """Longest time per request, far beyond the processor time that its files may take: for a machine that hangs."""
    answer_characters: int = 200_000
    """Most characters of all answers together, and of all messages; an honest answer has 400."""


def python_command(module: str, packages: Sequence[str]) -> tuple[str, ...]:
    """A command that runs `main` of a module of ours, in a Python without site-packages that finds our code and the
    given top-level packages alone."""
    # Without collections of garbage, which take a tenth of the start: what a child keeps, it keeps to its end.
    code = f"import gc, sys; gc.disable(); sys.path += sys.argv[1:]; from {module} import main; main()"
    paths = [str(Path(__file__).parents[2]), *(_import_path(package) for package in packages)]
    return (sys.executable, "-I", "-S", "-c", code, *paths)


def _import_path(package: str) -> str:
    """The folder that a package or a single-file module is imported from."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.origin is not None  # noqa: S101, PT018  a requirement of the worker
    is_package = spec.submodule_search_locations is not None  # not by file name: the image has byte code alone
    return str(Path(spec.origin).parents[1 if is_package else 0])


@contextmanager
def child_process(
    program: ChildProgram, workdir: Path = Path("/"), *, readable: Iterable[Path] = ()
) -> Iterator["ChildProcess"]:
    """A child that loads its packages while the block begins; it is killed when the block is left.

    It may read the folders of code that its command names, `readable` (files or folders) and `workdir`, and write below
    `workdir` alone (default: nowhere).
    """
    code = [Path(word) for word in program.command if Path(word).is_absolute() and Path(word).is_dir()]
    with sandboxed(
        program.command, program.limits, workdir=workdir, readable=[*code, *readable], keep_stdin_open=True
    ) as process:
        yield ChildProcess(program, process)


class ChildProcess:
    """A child that waits for requests. One request at a time: `send`, then `receive`."""

    def __init__(self, program: ChildProgram, process: Process) -> None:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  pipes
        self._program = program
        self._process = process
        self._requests = process.stdin
        self._answers = _Lines(process.stdout, program.answer_characters)
        self._messages = _Lines(process.stderr, program.answer_characters)
        self._is_ready, self._is_sound = False, True

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def send(self, limits: Mapping[str, object], files: Sequence[Mapping[str, object]]) -> None:
        """Send a request. Doesn't wait."""
        request = json.dumps({"limits": limits, "files": files}) + "\n"
        threading.Thread(target=_write, args=(self._requests, request), daemon=True).start()

    def finish(self) -> None:
        """Send no more requests: the child ends, and gives its memory back."""
        with suppress(OSError):
            self._requests.close()

    def receive(self, count: int, cancelled: Callable[[], bool] = lambda: False) -> list[Any]:
        """Wait for the results of `count` files. Raises `RefusedError` for the first file that is refused or at which
        the child died, `CancelledError`, and `InspectionError` if no file is the cause, or it takes too long."""
        started = time.monotonic()
        results: list[Any] = []
        if not self._is_sound:  # it has failed at another file
            message = f"{self._activity} failed before."
            raise InspectionError(message)
        self._is_sound = False
        while len(results) < count:
            line = self._answers.next(_POLL_SECONDS)
            if line is None:
                raise self._death(len(results))
            if line and self._is_ready:
                results.append(self._result(line, len(results)))
            self._is_ready = self._is_ready or line == READY
            if cancelled():
                raise CancelledError
            if time.monotonic() - started > self._program.wall_seconds:
                message = f"{self._activity} took longer than {self._program.wall_seconds:g} s."
                raise InspectionError(message)
        self._is_sound = True
        return results

    @property
    def _activity(self) -> str:
        return f"Looking into the {self._program.subject}s"

    def _result(self, line: str, index: int) -> Any:
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise InspectionError(f"An answer about a {self._program.subject} is no JSON.") from error
        if not isinstance(answer, dict) or len({"result", "refused"} & set(answer)) != 1:
            raise InspectionError(f"An answer about a {self._program.subject} makes no sense.")
        if "refused" in answer:
            code = "LIMIT_EXCEEDED" if answer["refused"] == "LIMIT_EXCEEDED" else "MEDIA_UNDECODABLE"
            self._is_sound = True
            raise RefusedError(str(answer.get("reason"))[:_REASON_CHARACTERS], code, index)
        return answer["result"]

    def _death(self, index: int) -> Exception:
        """The error of a child that ended, or closed its output, instead of answering the file of that index."""
        wait(self._process, _POLL_SECONDS)
        # A child that still runs has written more than it may and is about to be killed.
        returncode = -signal.SIGKILL if self._process.returncode is None else self._process.returncode
        last = ""
        while message := self._messages.next(_POLL_SECONDS):
            last = message
        if self._is_ready and returncode not in OUTSIDE_SIGNALS:
            return DiedError(returncode, index, last)
        return InspectionError(f"{self._activity} {describe_exit(returncode)}: {last or 'it said nothing'}")


def _write(pipe: IO[str], request: str) -> None:
    """Write without Python's buffer: data left in it would fail again when the pipe is closed."""
    data = request.encode()
    with suppress(OSError, ValueError):  # the child has ended, or is not needed any more
        while data:
            data = data[os.write(pipe.fileno(), data) :]


class _Lines:
    """Reads a pipe's lines on a thread, up to a number of characters."""

    def __init__(self, pipe: IO[str], characters: int) -> None:
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(pipe, characters), daemon=True).start()

    def next(self, seconds: float) -> str | None:
        """The next line; "" if none comes within `seconds`, None after the last."""
        try:
            line = self._queue.get(timeout=seconds)
        except queue.Empty:
            return ""
        if line is None:
            self._queue.put(None)  # for the next call
        return line

    def _read(self, pipe: IO[str], left: int) -> None:
        with suppress(ValueError):  # closed, since the child isn't needed any more
            while (line := pipe.readline(left)).endswith("\n"):  # a line that was cut off counts as none
                left -= len(line)
                self._queue.put(line.strip())
        self._queue.put(None)
