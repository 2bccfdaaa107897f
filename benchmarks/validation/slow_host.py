"""A host that takes its time: the clip at `url(seconds)` is complete after so many seconds, and a job lasts as long."""

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from embedded.serving import Serving

SIGN_OF_LIFE_SECONDS = 5.0
"""From one byte to the next: a worker gives a silent host up after 15 s (worker/exchange.py)."""


class SlowHost(Serving):
    """A context manager: inside, it serves `clip` at a pace of one's choice."""

    def __init__(self, clip: Path) -> None:
        self._server = _Server(clip.read_bytes())

    def url(self, seconds: float) -> str:
        """The clip, complete after so many seconds."""
        return f"{self.origin}/{seconds:.3f}/clip.mp4"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, clip: bytes) -> None:
        self.clip = clip
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that was stopped hangs up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        """Headers at once, a byte now and then, and the rest when the time is up."""
        end = time.monotonic() + float(self.path.split("/")[1])
        clip = self.server.clip
        self.send_response(200)
        self.send_header("Content-Length", str(len(clip)))
        self.end_headers()
        sent = 0
        while (left := end - time.monotonic()) > 0:
            self.wfile.write(clip[sent : sent + 1])
            sent += 1
            time.sleep(min(left, SIGN_OF_LIFE_SECONDS))
        self.wfile.write(clip[sent:])

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
