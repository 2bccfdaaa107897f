"""The ECS agent of every task: where workers ask for protection from scale-in.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from embedded.serving import Serving


class Agent(Serving):
    """A context manager: inside, it answers at `uri(task)`, which is told to the worker as ECS_AGENT_URI."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._protected: set[str] = set()
        self._stopping: set[str] = set()
        self._first_asked: dict[str, float] = {}
        self._server = _Server(self)

    def uri(self, task: str) -> str:
        """Where a task's agent is reached."""
        return f"{self.origin}/{task}"

    def takes_jobs_since(self, task: str) -> float | None:
        """When a worker first asked for protection, which it does just before it asks for its first job, in seconds of
        the epoch; None as long as it hasn't."""
        return self._first_asked.get(task)

    def stop_if_unprotected(self, task: str) -> bool:
        """Whether a task may be stopped; if so it gets no protection any more."""
        with self._lock:
            if task in self._protected:
                return False
            self._stopping.add(task)
            return True

    def answer(self, task: str, *, protect: bool) -> dict[str, object]:
        """Grant a task what it asks for, unless it is about to be stopped."""
        with self._lock:
            if protect and task in self._stopping:
                return {"failure": {"Reason": "TASK_NOT_VALID", "Detail": "the task is stopping"}}
            self._first_asked.setdefault(task, time.time())
            (self._protected.add if protect else self._protected.discard)(task)
            return {"protection": {"ProtectionEnabled": protect}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        """`/TASK/task-protection/v1/state`."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.server.agent.answer(self.path.split("/")[1], protect=asked["ProtectionEnabled"])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
