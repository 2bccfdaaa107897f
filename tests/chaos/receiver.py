"""A webhook receiver that can answer wrongly, slowly or not at all."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from embedded.serving import Serving

Answer = int | str
"""An HTTP status, or `hang` (no answer for 60 s), `drip` (one byte per 0.2 s), `cut` (close the connection)."""


@dataclass
class ReceivedWebhook:
    """One POST request, and how it was answered."""

    identity: str
    body: dict[str, Any]
    answer: Answer

    @property
    def is_final(self) -> bool:
        return bool(self.body["status"] != "PROGRESSING")

    @property
    def is_delivered(self) -> bool:
        return isinstance(self.answer, int) and 200 <= self.answer < 300


@dataclass
class Receiver(Serving):
    """A context manager. `answers` are for the first final webhooks, one each; all others are answered with 200.

    `on_webhook` is called after each POST request has been answered.
    """

    secret: str
    answers: list[Answer] = field(default_factory=list)
    on_webhook: Callable[[ReceivedWebhook], None] = lambda _: None
    webhooks: list[ReceivedWebhook] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._server = _Server(self)

    @property
    def url(self) -> str:
        return f"{self.origin}/hook"

    def record(self, headers: dict[str, str], body: bytes) -> ReceivedWebhook:
        payload = Webhook(self.secret).verify(body, headers)  # raises if the signature is wrong
        with self._lock:
            is_final = payload["status"] != "PROGRESSING"
            answer = self.answers.pop(0) if is_final and self.answers else 200
            webhook = ReceivedWebhook(headers["webhook-id"], payload, answer)
            self.webhooks.append(webhook)
        return webhook

    def of(self, job_id: str) -> list[ReceivedWebhook]:
        with self._lock:
            return [webhook for webhook in self.webhooks if webhook.body["job_id"] == job_id]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: killed workers close their connections."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        webhook = self.server.receiver.record({name.lower(): value for name, value in self.headers.items()}, body)
        self.close_connection = True
        match webhook.answer:
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
        self.server.receiver.on_webhook(webhook)

    def log_message(self, *_: object) -> None:
        """Print nothing: every request is recorded."""


TEXT = {"content": "Été", "start": 0, "end": 0.5, "position": {"x": 540, "y": 960}}


def clip_message(job_id: str, source: str, **more: Any) -> str:
    """The message of a small job: half a second of video, without texts, which would start a painter each."""
    job = {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": "7",
        "output": {"width": 128, "height": 128, "fps": 30, "quality": "draft"},
        "clips": [{"source": source, "duration": 0.5}],
        **more,
    }
    return json.dumps(job, ensure_ascii=False)
