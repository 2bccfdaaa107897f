"""A proxy in front of the embedded AWS that records every call and injects faults into chosen ones.

It runs on a thread of the process that uses it, so that a fault can be any action: an error, a closed connection, or a
worker killed just before or just after its request has taken effect.
"""

import contextlib
import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from embedded.process import LOOPBACK
from embedded.serving import Serving

_SCOPE = re.compile(r"Credential=[^/]*/\d+/[^/]*/([^/]+)/aws4_request")
_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})
"""Headers that apply to one connection only, so the proxy doesn't forward them (RFC 9110, section 7.6.1)."""


@dataclass
class Call:
    """One request to AWS.

    - `service`, `operation`: names as in IAM: `sqs`, `ReceiveMessage`.
    - `resource`: name of the queue, table or bucket; for S3 `bucket/key`. Empty if the request names none.
    - `number`: number of the call among those of this operation, from 1.
    - `status`: HTTP status of AWS's answer; 0 before it, or if the request was not forwarded.
    """

    service: str
    operation: str
    resource: str
    number: int
    time: float = field(default_factory=time.time)
    status: int = 0


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call, in this order.

    - `before`: action before the request is forwarded: a pause, a killed worker.
    - `answer`: status and error code to answer with, without forwarding the request.
    - `reaches`: False closes the connection without forwarding the request.
    - `after`: action after AWS has answered and before the caller gets the answer.
    - `returns`: False closes the connection instead of answering: the call took effect, but its caller doesn't know.
    """

    before: Callable[[], None] | None = None
    answer: tuple[int, str] | None = None
    reaches: bool = True
    after: Callable[[], None] | None = None
    returns: bool = True


def refuse(status: int, code: str) -> Fault:
    """AWS answers with an error: `refuse(503, "SlowDown")`."""
    return Fault(answer=(status, code))


def cut() -> Fault:
    """The connection closes before AWS gets the request."""
    return Fault(reaches=False)


def lose() -> Fault:
    """The call takes effect, but its answer is lost."""
    return Fault(returns=False)


def slow(seconds: float) -> Fault:
    """AWS gets the request `seconds` later."""
    return Fault(before=lambda: time.sleep(seconds))


class FaultProxy(Serving):
    """A context manager; inside, `endpoint` forwards to `target` (`http://127.0.0.1:PORT`).

    `plan` is called before every call, on that call's thread, and returns its fault, or None.
    """

    def __init__(self, target: str, plan: Callable[[Call], Fault | None] = lambda _: None) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self.target = target
        self._server = _Server(self)

    @property
    def endpoint(self) -> str:
        """Where callers send their requests."""
        return self.origin

    def called(self, operation: str) -> list[Call]:
        """The calls of an operation so far."""
        with self._lock:
            return [call for call in self.calls if call.operation == operation]

    def record(self, service: str, operation: str, resource: str) -> tuple[Call, Fault]:
        """Note a call, and ask what goes wrong with it."""
        with self._lock:
            number = 1 + sum(call.operation == operation and call.service == service for call in self.calls)
            call = Call(service, operation, resource, number)
            self.calls.append(call)
        return call, self._plan(call) or Fault()

    def forward(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Any, bytes]:
        """Ask AWS. Returns status, headers and body. Raises OSError and http.client.HTTPException."""
        connection = http.client.HTTPConnection(urlsplit(self.target).netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body or None, headers)
            response = connection.getresponse()
            return response.status, response.headers, response.read()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__((LOOPBACK, 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that was killed leaves broken connections behind, which say nothing."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        body = self._body()
        service, operation, resource = understand(self.command, self.path, dict(self.headers.items()), body)
        call, fault = self.server.proxy.record(service, operation, resource)
        if fault.before:
            fault.before()
        if fault.answer:
            self._refuse(service, *fault.answer)
            return
        if not fault.reaches:
            self._cut()
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        call.status, answered, content = self.server.proxy.forward(self.command, self.path, headers, body)
        if fault.after:
            fault.after()
        if not fault.returns:
            self._cut()
            return
        self.send_response(call.status)
        length = answered.get("content-length", "0") if self.command == "HEAD" else str(len(content))
        for name, value in answered.items():
            if name.lower() not in _HOP | {"date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _handle  # noqa: N815  the base class's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _refuse(self, service: str, status: int, code: str) -> None:
        """An error in the words of the service's protocol: XML for S3, JSON for the others."""
        if service == "s3":
            content = f"<Error><Code>{code}</Code><Message>injected</Message></Error>".encode()
        else:
            content = json.dumps({"__type": code, "message": "injected"}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml" if service == "s3" else "application/x-amz-json-1.0")
        self.send_header("x-amzn-query-error", f"{code};Sender")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: object) -> None:
        """The calls are recorded; nothing is printed."""


def understand(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[str, str, str]:
    """Service, operation and resource of a request, in any of AWS's protocols."""
    names = {name.lower(): value for name, value in headers.items()}
    scope = _SCOPE.search(names.get("authorization", ""))
    service = scope[1] if scope else "s3"
    if target := names.get("x-amz-target"):
        return service, target.rpartition(".")[2], _resource(body)
    if service == "s3":
        return service, _s3_operation(method, path, names), unquote(urlsplit(path).path.strip("/"))
    action = parse_qs(body.decode(errors="replace")).get("Action", [""])[0]
    return service, action or f"{method} {urlsplit(path).path}", ""


def _resource(body: bytes) -> str:
    try:
        fields = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(fields, dict):
        return ""
    return str(fields.get("TableName") or fields.get("QueueName") or fields.get("QueueUrl", "").rpartition("/")[2])


_S3_OBJECT = {"GET": "GetObject", "HEAD": "HeadObject", "PUT": "PutObject", "DELETE": "DeleteObject"}
_S3_BUCKET = {"GET": "ListBucket", "HEAD": "HeadBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}


def _s3_operation(method: str, path: str, headers: dict[str, str]) -> str:
    """REST's operation: method, path, and what is asked of the bucket or object (`?versioning`).

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html
    """
    parts = urlsplit(path)
    asked = {name for name in parse_qs(parts.query, keep_blank_values=True) if name != "x-id"}
    is_object = "/" in parts.path.strip("/")
    if "uploadId" in asked:
        verbs = {"PUT": "UploadPart", "POST": "CompleteMultipartUpload", "DELETE": "AbortMultipartUpload"}
        return verbs.get(method, "ListParts")
    if "uploads" in asked:
        return "CreateMultipartUpload" if method == "POST" else "ListMultipartUploads"
    if method == "PUT" and "x-amz-copy-source" in headers:
        return "CopyObject"
    if method == "POST" and "delete" in asked:
        return "DeleteObjects"
    special = sorted(asked - {"list-type", "prefix", "delimiter", "max-keys", "encoding-type", "versionId", "marker"})
    if special:
        noun = "".join(part.capitalize() for part in re.split(r"[-_]", special[0]))
        return f"{method.capitalize()}{'Object' if is_object else 'Bucket'}{noun}"
    return (_S3_OBJECT if is_object else _S3_BUCKET)[method]
