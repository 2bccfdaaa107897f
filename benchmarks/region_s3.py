"""An S3 as far away as a region's: files of a folder with its latency and its rates, the rest by another endpoint.

`python -m benchmarks.region_s3 FOLDER ENDPOINT` runs it. Objects are the files below FOLDER, by bucket and key; every
other request goes to ENDPOINT, as late and as slowly.
"""

import argparse
import http.client
import itertools
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from embedded.process import LOOPBACK, TIED_FLAG, serve

LATENCY_SECONDS = 0.020
"""Until the first byte of an answer: S3 takes 10 to 30 ms within a region."""

CONNECTION_BYTES_PER_SECOND = 80e6
"""Of one connection: AWS names 85 to 90 MB/s.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html"""

ALL_BYTES_PER_SECOND = 600e6
"""Of all connections: the network of a task of 2 vCPU has up to 5 Gbit/s."""

_CHUNK_BYTES = 1 << 18


class Link:
    """The network of one task: `pass_through` waits as long as so many bytes take."""

    def __init__(self) -> None:
        self._free_at = 0.0
        self._lock = threading.Lock()

    def pass_through(self, count: int) -> None:
        """Wait until the bytes are through, for a connection alone and for all together."""
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now) + count / ALL_BYTES_PER_SECOND
            through = max(self._free_at, now + count / CONNECTION_BYTES_PER_SECOND)
        time.sleep(max(through - time.monotonic(), 0.0))


class RegionServer(ThreadingHTTPServer):
    """Serves `folder`, and `endpoint` for the rest."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, folder: Path, endpoint: str) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.folder, self.endpoint, self.link = folder, urlsplit(endpoint), Link()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: RegionServer

    def handle_any(self) -> None:
        time.sleep(LATENCY_SECONDS)
        path = self.server.folder / unquote(urlsplit(self.path).path).strip("/")
        if self.command in {"GET", "HEAD"} and path.is_file():
            self._serve(path)
        else:
            self._forward()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815  names of the base class

    def _serve(self, path: Path) -> None:
        size = path.stat().st_size
        begin, end = 0, size
        if asked := self.headers.get("range"):
            first, _, last = asked.removeprefix("bytes=").partition("-")
            begin, end = int(first), min(int(last) + 1 if last else size, size)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        self.send_header("ETag", f'"{size}"')
        self.end_headers()
        if self.command == "GET":
            self._send(_chunks(path, begin, end))

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.link.pass_through(len(body))
        connection = http.client.HTTPConnection(self.server.endpoint.hostname or "", self.server.endpoint.port)
        connection.request(self.command, self.path, body, dict(self.headers))
        answer = connection.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"content-length", "transfer-encoding", "connection", "date", "server"}:
                self.send_header(name, value)
        length = answer.getheader("content-length") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length or "0")
        self.end_headers()
        self._send(content[at : at + _CHUNK_BYTES] for at in range(0, len(content), _CHUNK_BYTES))
        connection.close()

    def _send(self, chunks: Iterator[bytes]) -> None:
        for chunk in chunks:
            self.server.link.pass_through(len(chunk))
            self.wfile.write(chunk)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _chunks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(begin)
        for at in itertools.count(begin, _CHUNK_BYTES):
            if at >= end:
                return
            yield file.read(min(_CHUNK_BYTES, end - at))


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.region_s3", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("endpoint")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(TIED_FLAG, action="store_true")
    options = parser.parse_args()
    server = RegionServer(options.port, options.folder, options.endpoint)
    serve(server, f"- serves {options.folder}", tied_to_stdin=options.tied_to_stdin)


if __name__ == "__main__":
    main()
