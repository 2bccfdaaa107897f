"""A webhook receiver that misbehaves as it is told."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from embedded.serving import Serving

Mood = int | str
"""A status to answer with, or `hang` (say nothing), `drip` (a byte now and then), `cut` (hang up)."""


@dataclass
class Heard:
    """One POST, and how it was answered."""

    identity: str
    body: dict[str, Any]
    mood: Mood

    @property
    def is_final(self) -> bool:
        return bool(self.body["status"] != "PROGRESSING")

    @property
    def is_delivered(self) -> bool:
        return isinstance(self.mood, int) and 200 <= self.mood < 300


@dataclass
class Receiver(Serving):
    """A context manager. `moods` are for the first final webhooks, one each; after them all is well.

    `on_heard` is called when a POST has been answered.
    """

    secret: str
    moods: list[Mood] = field(default_factory=list)
    on_heard: Callable[[Heard], None] = lambda _: None
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def take(self, headers: dict[str, str], body: bytes) -> Heard:
        payload = Webhook(self.secret).verify(body, headers)  # raises where it is forged
        with self._lock:
            is_final = payload["status"] != "PROGRESSING"
            mood = self.moods.pop(0) if is_final and self.moods else 200
            heard = Heard(headers["webhook-id"], payload, mood)
            self.heard.append(heard)
        return heard

    def of(self, job_id: str) -> list[Heard]:
        with self._lock:
            return [heard for heard in self.heard if heard.body["job_id"] == job_id]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Killed workers hang up."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        heard = self.server.receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
        self.close_connection = True
        match heard.mood:
            case int(status):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if 300 <= status < 400:
                    self.send_header("Location", self.server.receiver.url)
                self.end_headers()
            case "drip":
                for _ in range(300):
                    self.wfile.write(b"H")
                    time.sleep(0.2)
            case "hang":
                time.sleep(60)
        self.server.receiver.on_heard(heard)

    def log_message(self, *_: object) -> None:
        """What was heard is recorded; nothing is printed."""


def clip_message(job_id: str, source: str, **more: Any) -> str:
    """A small job, half a second of video."""
    job = {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": "7",
        "output": {"width": 128, "height": 128, "fps": 30, "quality": "draft"},
        "clips": [{"source": source, "duration": 0.5}],
        "texts": [{"content": "Été", "start": 0, "end": 0.5, "position": {"x": 540, "y": 960}}],
        **more,
    }
    return json.dumps(job, ensure_ascii=False)
