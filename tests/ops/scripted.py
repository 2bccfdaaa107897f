"""An AWS service with scripted responses, for what moto can't emulate, such as a release that is rolled back."""

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from embedded.serving import Serving

IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hospup-ffmpeg-worker"


class Scripted(Serving):
    """A server of the wire protocol of ECS and DynamoDB (AWS JSON) on loopback.

    `script` gives each operation's answers in order; the last is repeated. Requests are recorded in `asked`. `status`
    is the HTTP status; with 400 the answers are errors.
    """

    def __init__(self, script: Mapping[str, Sequence[Mapping[str, Any]]], *, status: int = 200) -> None:
        self._status = status
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._script = {operation: list(answers) for operation, answers in script.items()}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def variables(self, service: str = "ECS") -> dict[str, str]:
        """Direct one service's clients here, and no others."""
        return {f"AWS_ENDPOINT_URL_{service}": self.origin}

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.asked if name == operation]

    def answer(self, operation: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        with self._lock:
            self.asked.append((operation, parameters))
            answers = self._script[operation]
            return answers.pop(0) if len(answers) > 1 else answers[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                parameters = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = json.dumps(script.answer(operation, parameters)).encode()
                self.send_response(script._status)
                self.send_header("Content-Type", "application/x-amz-json-1.1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def service(*rollouts: Mapping[str, Any], desired: int = 10, running: int = 10, **more: Any) -> dict[str, Any]:
    """DescribeServices' answer."""
    found = {
        "serviceName": "workers",
        "status": "ACTIVE",
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": 0,
        "taskDefinition": "worker:1",
        "deployments": list(rollouts) or [rollout("COMPLETED")],
        "events": [],
    }
    return {"services": [found | more], "failures": []}


def rollout(state: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """A deployment of the task definition worker:NUMBER; primary unless `more` overrides it."""
    return {
        "id": f"ecs-svc/{number}",
        "status": "PRIMARY",
        "taskDefinition": f"worker:{number}",
        "desiredCount": 10,
        "runningCount": 10,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": state,
        "rolloutStateReason": f"ECS deployment ecs-svc/{number} {state.lower()}.",
    } | more


def definition(tag: str = "2026-11-22_a1b2c3d") -> dict[str, Any]:
    """DescribeTaskDefinition's answer."""
    return {"taskDefinition": {"cpu": "2048", "containerDefinitions": [{"name": "worker", "image": f"{IMAGE}:{tag}"}]}}


def tasks(*protected: bool) -> dict[str, list[dict[str, Any]]]:
    """The answers about tasks, one each for `protected`."""
    arns = [f"arn:aws:ecs:eu-west-1:123456789012:task/cluster/{number:032x}" for number in range(len(protected))]
    return {
        "ListTasks": [{"taskArns": arns}],
        "DescribeTasks": [
            {
                "tasks": [
                    {
                        "taskArn": arn,
                        "taskDefinitionArn": "worker:1",
                        "lastStatus": "RUNNING",
                        "capacityProviderName": "FARGATE_SPOT",
                        "availabilityZone": "eu-west-1a",
                        "startedAt": 1_790_000_000 + number,
                    }
                    for number, arn in enumerate(arns)
                ]
            }
        ],
        "GetTaskProtection": [
            {
                "protectedTasks": [
                    {"taskArn": arn, "protectionEnabled": holds} for arn, holds in zip(arns, protected, strict=True)
                ],
                "failures": [],
            }
        ],
    }
