"""A server in a process of its own: how it is started, announced, watched and stopped.

Two halves of one handshake live here, so that they can't drift apart:

- the parent's, `ChildProcess`: starts `python -m MODULE --port N`, waits for the ready line, stops it;
- the child's, `serve`: binds, prints the ready line, and ends on SIGTERM, on Ctrl-C, or when its parent dies.
"""

import contextlib
import os
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

LOOPBACK = "127.0.0.1"
"""The only address that anything here listens on. A literal IP address, since the AWS SDKs (Terraform's provider and
backend among them) then address S3 buckets by path of their own accord: no host name needs to resolve."""

READY_LINE = re.compile(r"^Ready at (http://127\.0\.0\.1:\d+)", re.MULTILINE)
"""What a child prints once it accepts connections."""

TIED_FLAG = "--tied-to-stdin"
"""Tells a child to end when its standard input closes, which the kernel does for a parent that dies in any way. That
works wherever there are pipes; Linux's PR_SET_PDEATHSIG watches the *thread* that started the child, and strikes too
early."""

REPOSITORY = Path(__file__).resolve().parent.parent


class StartError(RuntimeError):
    """A child process ended, or said nothing, before it was ready. The message ends with the last lines of its log."""


class ChildProcess:
    """One of our servers, run as a process of its own, in its own process group.

    Without it a server would share the tests' interpreter: its threads, its patches and its crashes.

    - `module`: what follows `python -m`.
    - `arguments`: further command-line arguments.
    - `log`: file that takes everything it prints; its folder is created. Appended to.
    - `port`: TCP port on 127.0.0.1; 0 (the default) lets the operating system choose a free one.
    - `detach`: True lets it outlive this process; else it ends when this process does, however that comes about.
    - `start_timeout`: seconds it may take until it is ready.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        log: Path,
        port: int = 0,
        detach: bool = False,
        start_timeout: float = 60.0,
    ) -> None:
        self.log = log.resolve()
        self.detach = detach
        self._start_timeout = start_timeout
        self._command = [sys.executable, "-m", module, "--port", str(port), *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id, which is its process group's too. RuntimeError before `start`."""
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    @property
    def running(self) -> bool:
        """True from `start` until the process has ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> str:
        """Starts the process and returns its endpoint, `http://127.0.0.1:PORT`, once it accepts connections.

        Raises StartError where it ends or stays silent instead; no process is left behind then, nor on Ctrl-C.
        """
        if self.running:
            raise RuntimeError("already started")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            before = output.tell()
            self._process = subprocess.Popen(
                self._command if self.detach else [*self._command, TIED_FLAG],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL if self.detach else subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            return self._wait_until_ready(before)
        except BaseException:  # Ctrl-C too must not leave it running
            self.stop()
            raise

    def _wait_until_ready(self, offset: int) -> str:
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            alive = self.running  # asked before reading: what an ended process printed last is still seen
            with self.log.open("rb") as log:
                log.seek(offset)
                printed = log.read().decode(errors="replace")
            if ready := READY_LINE.search(printed):
                return ready[1]
            if not alive:
                raise StartError(f"{self._describe()} ended before it was ready:\n{_tail(printed)}")
            time.sleep(0.05)
        raise StartError(f"{self._describe()} was not ready after {self._start_timeout:g} s:\n{_tail(printed)}")

    def _describe(self) -> str:
        return " ".join(self._command[1:])

    def stop(self, grace: float = 5.0) -> None:
        """Ends the process, and with it all it started: asked first, killed after `grace` seconds. Harmless when
        it has ended already or never started."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            _signal(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        finally:  # reached by a second Ctrl-C during the wait too
            _signal(process, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Sends a signal to the whole process group of a child that hasn't ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _tail(text: str, lines: int = 20) -> str:
    return "\n".join(text.splitlines()[-lines:]) or "(it printed nothing)"


def serve(server: socketserver.TCPServer, hint: str, *, tied_to_stdin: bool) -> None:
    """The child's half: announces the bound `server`, then serves until it is told to stop.

    - `hint`: one short text after the endpoint, saying how to use it.
    - `tied_to_stdin`: also ends when standard input closes.

    Returns after SIGTERM or Ctrl-C, with the port closed; requests in progress are dropped.
    """

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if tied_to_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    print(f"Ready at http://{LOOPBACK}:{server.socket.getsockname()[1]} {hint}", flush=True)
    try:
        server.serve_forever(poll_interval=0.2)
    finally:
        server.server_close()


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
