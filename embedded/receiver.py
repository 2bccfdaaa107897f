"""A webhook receiver: records every POST request and answers with the statuses that it was given.

`python -m embedded.receiver --record FILE.jsonl` runs it in the foreground; `WebhookReceiver` runs it as a child
process.
"""

import argparse
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded.process import LOOPBACK, TIED_FLAG, ChildProcess, serve


@dataclass(frozen=True)
class Delivery:
    """One POST request: one line of the record.

    - `time`: time of arrival, in seconds since the epoch.
    - `path`: path and query, as sent.
    - `headers`: by lower-case name.
    - `body`: body as sent, byte for byte, so that its signature can be verified. Bytes that aren't UTF-8 become lone
      surrogates.
    - `status`: HTTP status of the answer.
    """

    time: float
    path: str
    headers: dict[str, str]
    body: str
    status: int

    def json(self) -> Any:
        """The body, parsed. Raises json.JSONDecodeError if it isn't JSON."""
        return json.loads(self.body)


def ends(job_id: str) -> Callable[[Delivery], bool]:
    """A predicate: whether a delivery is the final webhook of a job."""

    def is_final(delivery: Delivery) -> bool:
        body = delivery.json()
        return bool(body["job_id"] == job_id and body["status"] != "PROGRESSING")

    return is_final


class Answers:
    """The statuses of the answers: those of `script` in order, then always `default`."""

    def __init__(self, default: int, script: Sequence[int] = ()) -> None:
        self._default = default
        self._script = list(script)
        self._lock = threading.Lock()

    def next(self) -> int:
        """The status of the next answer. Safe to call from several threads."""
        with self._lock:
            return self._script.pop(0) if self._script else self._default


class Server(ThreadingHTTPServer):
    """The HTTP server of the command line. Empties `record` when it starts, and appends one line per POST request
    before it answers, so that a sender that has its answer finds the request in the record."""

    daemon_threads = True

    def __init__(self, port: int, record: Path, answers: Answers) -> None:
        record.parent.mkdir(parents=True, exist_ok=True)
        record.write_text("", encoding="utf-8")
        self._record = record
        self._lock = threading.Lock()
        self.answers = answers
        super().__init__((LOOPBACK, port), Handler)

    def keep(self, delivery: Delivery) -> None:
        """Appends `delivery` to the record."""
        with self._lock, self._record.open("a", encoding="utf-8") as record:
            record.write(json.dumps(asdict(delivery)) + "\n")


class Handler(BaseHTTPRequestHandler):
    """Handles POST requests; the base class answers every other method with 501."""

    server: Server

    def do_POST(self) -> None:
        """Records the request and answers it."""
        arrived = time.time()
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status = self.server.answers.next()
        headers = {name.lower(): value for name, value in self.headers.items()}
        text = body.decode("utf-8", errors="surrogateescape")
        self.server.keep(Delivery(arrived, self.path, headers, text, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


class WebhookReceiver:
    """The receiver as a child process.

    - `record`: JSON-lines file, emptied at the start, one line per POST request.
    - `log`: file for its output.
    - `statuses`: HTTP statuses of the first answers, in order: `(503, 503)` fails twice, then works.
    - `status`: HTTP status of every later answer.
    - `port`, `detach`: as for `EmbeddedAws`. It also is the same kind of context manager.
    """

    def __init__(
        self,
        *,
        record: Path,
        log: Path,
        status: int = 200,
        statuses: Sequence[int] = (),
        port: int = 0,
        detach: bool = False,
    ) -> None:
        self.record = record.resolve()
        arguments = ["--record", str(self.record), "--status", str(status)]
        if statuses:
            arguments += ["--statuses", ",".join(map(str, statuses))]
        self._process = ChildProcess("embedded.receiver", arguments, log=log, port=port, detach=detach)
        self._endpoint: str | None = None

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT/webhook`; other paths work as well. RuntimeError before `start`."""
        if self._endpoint is None:
            raise RuntimeError("the webhook receiver is not started")
        return f"{self._endpoint}/webhook"

    @property
    def pid(self) -> int:
        """The process id. RuntimeError before `start`."""
        return self._process.pid

    def start(self) -> Self:
        """Starts it and returns itself once it accepts requests. Raises `embedded.process.StartError` otherwise."""
        self._endpoint = self._process.start()
        return self

    def stop(self) -> None:
        """Stops it; the record is kept. Does nothing if it has ended already."""
        self._process.stop()
        self._endpoint = None

    def requests(self) -> list[Delivery]:
        """All deliveries so far, in order; also after `stop`."""
        if not self.record.exists():
            return []
        written = self.record.read_text(encoding="utf-8")
        complete = written[: written.rfind("\n") + 1]  # the last line may be partly written
        return [Delivery(**json.loads(line)) for line in complete.splitlines()]

    def wait_for(self, predicate: Callable[[Delivery], bool], timeout: float) -> Delivery:
        """The first delivery, past or future, for which `predicate` holds.

        Raises TimeoutError after `timeout` seconds, with the number of deliveries and the last one.
        """
        deadline = time.monotonic() + timeout
        while True:
            arrived = self.requests()
            for delivery in arrived:
                if predicate(delivery):
                    return delivery
            if time.monotonic() >= deadline:
                last = f"; the last: {arrived[-1].body[:500]}" if arrived else ""
                raise TimeoutError(f"no such webhook within {timeout:g} s; {len(arrived)} arrived{last}")
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None or not self._process.detach:
            self.stop()


def _statuses(text: str) -> list[int]:
    return [int(status) for status in text.split(",")]


def main() -> None:
    """Runs the receiver in the foreground until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m embedded.receiver", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default 0: any free one)")
    parser.add_argument("--record", type=Path, required=True, help="JSON-lines file, emptied at the start")
    parser.add_argument("--status", type=int, default=200, help="HTTP status of the answers (default 200)")
    parser.add_argument("--statuses", type=_statuses, default=[], help="statuses of the first answers: 503,503,200")
    parser.add_argument(TIED_FLAG, action="store_true", help="end when standard input closes")
    arguments = parser.parse_args()
    server = Server(arguments.port, arguments.record, Answers(arguments.status, arguments.statuses))
    serve(server, f"- records POST requests in {arguments.record}", tied_to_stdin=arguments.tied_to_stdin)


if __name__ == "__main__":
    main()
