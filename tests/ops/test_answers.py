"""What answers in AWS's place: a proxy's page, half an answer, or nothing."""

import http.server
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError

from embedded.aws import EmbeddedAws
from embedded.serving import Serving
from ops.aws_errors import SilenceError
from ops.stack.patience import SECONDS, Patience
from tests.ops.conftest import Operator

SHELL = {
    "SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/jobs",
    "JOBS_TABLE": "jobs",
    "HOSPUP_LOG_GROUP_NAME": "/ecs/w",
    "HOSPUP_CLUSTER_NAME": "c",
    "HOSPUP_SERVICE_NAME": "s",
}
COMMANDS = (("queue",), ("status", "j1"), ("jobs",), ("logs",), ("workers",), ("dlq", "list"), ("outputs", "-e", "dev"))
ANSWERS = {
    "a log-in page": ("text/html", b"<html><body>Log in to the hotel's network<br></body></html>"),
    "JSON of another kind": ("application/json", b'{"ok": true}'),
    "a list": ("application/json", b"[1, 2]"),
    "nothing": ("text/plain", b""),
    "bytes": ("application/octet-stream", b"\xff\xfe\x00\x01"),
}


class Proxy(Serving):
    """A server on loopback that gives one answer to every request."""

    def __init__(self, kind: str, body: bytes) -> None:
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_HEAD = answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_not_aws_gives_a_sentence(aws: EmbeddedAws, answer: str) -> None:
    with Proxy(*ANSWERS[answer]) as proxy:
        shell = Operator(aws, SHELL | {"AWS_ENDPOINT_URL": proxy.origin})
        for command in COMMANDS:
            done = shell.run(*command)  # which asserts that there is no traceback
            assert done.code in {0, 1, 2, 3, 70}, (command, done)
            assert done.code == 0 or done.err.count("\n") == 1, (command, done.err)
            assert done.code != 70 or "hospup-video met something that it doesn't know" in done.err
    assert done.code != 0


def test_a_log_in_page_is_called_one(aws: EmbeddedAws) -> None:
    with Proxy(*ANSWERS["a log-in page"]) as proxy:
        shell = Operator(aws, SHELL | {"AWS_ENDPOINT_URL": proxy.origin})
        done = shell.run("queue")
        assert done.code == 3
        assert "What answered is not AWS: a proxy or a log-in page" in done.err
        assert f"AWS_ENDPOINT_URL={proxy.origin}" in done.err
        assert shell.run("doctor", "--json").code == 1


def test_one_silence_is_waited_for_whatever_the_number_of_requests() -> None:
    """The clock goes on by ten seconds with each request, as their time-outs do."""
    moments = iter(range(0, 1000, 10))
    asked: list[str] = []
    core = botocore.session.get_session()
    core.register("before-send", lambda **event: asked.append(event["request"].url))
    Patience(lambda: float(next(moments))).watch(core)
    core.set_credentials("a", "b")
    session = boto3.Session(botocore_session=core, region_name="eu-west-1")
    options: dict[str, Any] = {
        "endpoint_url": "http://127.0.0.1:9",  # where nothing listens
        "config": Config(retries={"mode": "standard", "total_max_attempts": 3}),
    }
    with pytest.raises(BotoCoreError):
        session.client("sts", **options).get_caller_identity()
    for _ in range(3):
        with pytest.raises(SilenceError):
            session.client("sqs", **options).list_queues()
    sent = len(asked) - 4  # each refused request is counted, too: the last try of the first call, and three calls
    assert sent == SECONDS // 10 + 1
