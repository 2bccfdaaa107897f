"""An AWS service with scripted responses, for what moto can't emulate, such as a release that is rolled back."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from embedded.serving import Serving

Answer = Mapping[str, Any]
Answers = Sequence[Answer] | Callable[[dict[str, Any]], Answer]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hospup-ffmpeg-worker"


class Scripted(Serving):
    """A server of the wire protocol of ECS and DynamoDB (AWS JSON) on loopback.

    `script` gives each operation's answers in order, of which the last is repeated, or a function of the request.
    Requests are recorded in `asked`. `status` is the HTTP status; with 400 the answers are errors.
    """

    def __init__(self, script: Mapping[str, Answers], *, status: int = 200) -> None:
        self._status = status
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._script = {name: answers if callable(answers) else list(answers) for name, answers in script.items()}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    def variables(self, service: str = "ECS") -> dict[str, str]:
        """Direct one service's clients here, and no others."""
        return {f"AWS_ENDPOINT_URL_{service}": self.origin}

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.asked if name == operation]

    def answer(self, operation: str, parameters: dict[str, Any]) -> Answer:
        with self._lock:
            self.asked.append((operation, parameters))
            answers = self._script[operation]
            if callable(answers):
                return answers(parameters)
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


def definition(tag: str = "2026-11-22_a1b2c3d", registered_at: float = 1_790_000_000) -> dict[str, Any]:
    """DescribeTaskDefinition's answer."""
    containers = [{"name": "worker", "image": f"{IMAGE}:{tag}"}]
    return {"taskDefinition": {"cpu": "2048", "containerDefinitions": containers, "registeredAt": registered_at}}


def revisions(*tags: str) -> dict[str, Answers]:
    """The answers about task definitions: worker:1 has the first tag, registered a day before the next."""

    def describe(request: dict[str, Any]) -> Answer:
        number = int(request["taskDefinition"].rpartition(":")[2])
        return definition(tags[number - 1], 1_790_000_000 + 86_400 * number)

    active = {"taskDefinitionArns": [f"worker:{number + 1}" for number in range(len(tags))]}
    return {
        "DescribeTaskDefinition": describe,
        "ListTaskDefinitions": lambda request: active if request["status"] == "ACTIVE" else {"taskDefinitionArns": []},
    }


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
