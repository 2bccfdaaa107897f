"""A collector of OpenTelemetry's: takes spans over HTTP on loopback, decodes them, and answers as configured."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.waiting import eventually


class Collector(ThreadingHTTPServer):
    """Keeps every request: path, headers by lower-case name, body. `hangs` leaves them without an answer."""

    daemon_threads = True

    def __init__(self, *, status: int = 200, hangs: bool = False) -> None:
        self.status = status
        self.hangs = hangs
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.ending = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT says."""
        return f"http://127.0.0.1:{self.server_port}"

    def exports(self) -> list[Any]:
        """Every ResourceSpans that arrived."""
        bodies = [body for _, _, body in list(self.requests)]
        return [part for body in bodies for part in ExportTraceServiceRequest.FromString(body).resource_spans]

    def spans(self, name: str = "") -> list[Any]:
        """Every span that arrived, or those whose name begins so."""
        every = [span for part in self.exports() for scope in part.scope_spans for span in scope.spans]
        return [span for span in every if span.name.startswith(name)]

    def job(self, job_id: str, *, receives: int = 1) -> Any:
        """The span of a job, at the given receipt of its message, once it has arrived."""

        def found() -> list[Any]:
            wanted = {"hospup.job.id": job_id, "hospup.message.receives": receives}
            return [span for span in self.spans("process ") if wanted.items() <= attributes(span).items()]

        eventually(lambda: bool(found()))
        (span,) = found()
        return span

    def children(self, parent: Any) -> dict[str, Any]:
        """The spans within another, by name, in the order in which they began."""
        inner = [span for span in self.spans() if span.parent_span_id == parent.span_id]
        return {span.name: span for span in sorted(inner, key=lambda span: span.start_time_unix_nano)}


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, headers, body))
        if self.server.hangs:
            self.server.ending.wait()
            return
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def collecting(*, status: int = 200, hangs: bool = False) -> Iterator[Collector]:
    """A running collector."""
    with Collector(status=status, hangs=hangs) as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            collector.ending.set()
            collector.shutdown()
            thread.join()


def attributes(holder: Any) -> dict[str, Any]:
    """A span's or a resource's attributes as Python has them."""
    found = {}
    for pair in holder.attributes:
        found[pair.key] = getattr(pair.value, pair.value.WhichOneof("value"))
    return found


def seconds(span: Any) -> float:
    """How long it took."""
    return float(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9
