"""The ECS agent of every task, of which workers request scale-in protection.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from embedded.process import LOOPBACK
from embedded.serving import Serving


class EcsAgent(Serving):
    """A context manager: inside, it answers at `uri(task)`, the worker's ECS_AGENT_URI."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._protected: set[str] = set()
        self._stopping: set[str] = set()
        self._requests: list[tuple[str, bool]] = []
        self._most_protected: int | None = None
        self._server = _Server(self)

    def uri(self, task: str) -> str:
        """URI of a task's agent."""
        return f"{self.origin}/{task}"

    def requests(self, task: str) -> list[bool]:
        """A task's requests so far: True for a protection, False for a release."""
        return [protect for asked_by, protect in self._requests if asked_by == task]

    def deploy(self, desired: int | None) -> None:
        """Begin a deployment: while it lasts, ECS refuses to protect more than `desired` tasks. None: it is over.
        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
        """
        self._most_protected = desired

    def stop_if_unprotected(self, task: str) -> bool:
        """Returns whether a task may be stopped; if so, it gets no protection from then on."""
        with self._lock:
            if task in self._protected:
                return False
            self._stopping.add(task)
            return True

    def answer(self, task: str, *, protect: bool) -> dict[str, object]:
        """Grant a task's request, unless the task is about to be stopped or a deployment prevents it."""
        with self._lock:
            self._requests.append((task, protect))
            if protect and task in self._stopping:
                return {"failure": {"Reason": "TASK_NOT_VALID", "Detail": "the task is stopping"}}
            others = len(self._protected - {task})
            if protect and self._most_protected is not None and others >= self._most_protected:
                return {"failure": {"Reason": "DEPLOYMENT_BLOCKED", "Detail": "as many tasks are protected as desired"}}
            (self._protected.add if protect else self._protected.discard)(task)
            return {"protection": {"ProtectionEnabled": protect}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, agent: EcsAgent) -> None:
        self.agent = agent
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_PUT(self) -> None:
        """`/TASK/task-protection/v1/state`."""
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.server.agent.answer(self.path.split("/")[1], protect=request["ProtectionEnabled"])
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""
