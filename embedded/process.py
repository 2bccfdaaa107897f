"""A server as a child process: start, wait until ready, stop.

Both sides of the handshake are here, so that they stay the same:

- the parent, `ChildProcess`: starts `python -m MODULE --port N`, waits for the ready line, stops it;
- the child, `serve`: prints the ready line, and ends on SIGTERM, on Ctrl-C, or when its parent ends.
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
"""The only address that the servers here listen on. It is an IP address, because the AWS SDKs (also in Terraform's
provider and backend) then address S3 buckets by path, so no bucket host name needs to resolve."""

READY_LINE = re.compile(r"^Ready at (http://127\.0\.0\.1:\d+)", re.MULTILINE)
"""Line that a child prints once it accepts connections."""

TIED_FLAG = "--tied-to-stdin"
"""Option that makes a child end when its standard input closes, which the kernel does when its parent ends in any way.
It works wherever there are pipes. Linux's PR_SET_PDEATHSIG watches the *thread* that started the child, and that thread
may end earlier than the process."""

REPOSITORY = Path(__file__).resolve().parent.parent


class StartError(RuntimeError):
    """A child process ended, or printed no ready line in time. The message ends with the last lines of its log."""


class ChildProcess:
    """One of our servers as a child process, in its own process group.

    In the tests' own process, its threads, its patches and its crashes would affect the tests.

    - `module`: what follows `python -m`.
    - `arguments`: further command-line arguments.
    - `log`: file that its output is appended to; its folder is created.
    - `port`: TCP port on 127.0.0.1 (default 0: any free one).
    - `detach`: True keeps it running after this process has ended; otherwise it ends with this process, even if that is
      killed.
    - `start_timeout`: longest wait for the ready line, in seconds.
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

        Raises StartError if it ends or isn't ready in time. No process is left behind then, nor on Ctrl-C.
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
        except BaseException:  # Ctrl-C must not leave it running either
            self.stop()
            raise

    def _wait_until_ready(self, offset: int) -> str:
        deadline = time.monotonic() + self._start_timeout
        while time.monotonic() < deadline:
            alive = self.running  # read before the log, so that the last lines of an ended process aren't missed
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
        """Stops the process and all that it started: SIGTERM, then SIGKILL after `grace` seconds. Does nothing if it
        has ended already or never started."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            _signal(process, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace)
        finally:  # also reached by a second Ctrl-C during the wait
            _signal(process, signal.SIGKILL)
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Sends a signal to the whole process group of a child, unless the child has ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)


def _tail(text: str, lines: int = 20) -> str:
    return "\n".join(text.splitlines()[-lines:]) or "(it printed nothing)"


def serve(server: socketserver.TCPServer, hint: str, *, tied_to_stdin: bool) -> None:
    """The child's side: prints the ready line of the bound `server`, then serves until it is stopped.

    - `hint`: text after the endpoint that says how to use it.
    - `tied_to_stdin`: also end when standard input closes.

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
