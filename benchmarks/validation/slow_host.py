"""A slow HTTP host: a clip takes as many seconds to download as its URL says, and its job lasts as long."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from embedded.serving import Serving

KEEPALIVE_SECONDS = 5.0
"""Time between two bytes, in seconds: a worker gives up a silent host after 15 s (worker/net/pinned_http.py)."""


class SlowHost(Serving):
    """A context manager: inside, it serves `clip` as slowly as the URL says."""

    def __init__(self, clip: Path) -> None:
        self._server = _Server(clip.read_bytes())

    def url(self, seconds: float) -> str:
        """URL of the clip that is complete after `seconds`."""
        return f"{self.origin}/{seconds:.3f}/clip.mp4"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, clip: bytes) -> None:
        self.clip = clip
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: a stopped worker closes its connection."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Send the headers at once, a byte now and then, and the rest when the time is up."""
        end = time.monotonic() + float(self.path.split("/")[1])
        clip = self.server.clip
        self.send_response(200)
        self.send_header("Content-Length", str(len(clip)))
        self.end_headers()
        sent = 0
        while (left := end - time.monotonic()) > 0:
            self.wfile.write(clip[sent : sent + 1])
            sent += 1
            time.sleep(min(left, KEEPALIVE_SECONDS))
        self.wfile.write(clip[sent:])

    def log_message(self, *_: object) -> None:
        """Print nothing."""
