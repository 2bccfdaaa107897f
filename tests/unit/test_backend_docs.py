"""The code of docs/use/backend.md, run unchanged, on webhooks signed by the worker's signer."""

import base64
import json
import random
import re
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from worker.job import ErrorCode, JobIdentity, MessageBody, PermanentError, parse_message
from worker.job.webhook_events import failed_payload, progressing_payload, sequence_of
from worker.net.webhook import sign

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "use" / "backend.md"

SECRET, OLD_SECRET, FOREIGN_SECRET = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in range(3))
EVENT = {"job_id": "j", "video_id": "été", "status": "COMPLETE", "file_url": "https://example.com/v.mp4"}

RUN = """
import { receive } from "./receiver.mjs";
import { readFileSync } from "node:fs";
const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
const statuses = [1, 2].map(() => receive(secret, headers, Buffer.from(body, "base64")));
console.log(JSON.stringify(statuses));
"""


def snippet(language: str, holds: str) -> str:
    """The page's code block in a language that contains a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if holds in block)
    return str(found)


SQS_MODULE = """
export class SQSClient {
  async send(command) { console.log(JSON.stringify(command.input)); }
}
export class SendMessageCommand {
  constructor(input) { this.input = input; }
}
"""

SEND = """
import { send } from "./sender.mjs";
const clips = [{ source: "s3://hospup-files/videos/21/pool.MOV", duration: 3.0 }];
console.log(JSON.stringify(await send("21", clips, "https://api.example.com/hook")));
"""


def signed(*secrets: str, age: int = 0) -> tuple[dict[str, str], bytes]:
    """Headers and body of a webhook."""
    body = json.dumps(EVENT, ensure_ascii=False).encode()
    stamp = int(time.time()) - age
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(stamp)}
    return headers | {"webhook-signature": sign(secrets, "msg_1", stamp, body)}, body


def in_python(headers: dict[str, str], body: bytes, _folder: Path) -> tuple[list[int], str]:
    scope: dict[str, Any] = {}
    printed: list[str] = []
    exec(snippet("python", "standardwebhooks"), scope)  # noqa: S102  our own page
    scope["print"] = lambda *words: printed.append(" ".join(words))
    return [scope["receive"](SECRET, headers, body) for _ in range(2)], "\n".join(printed)


def in_javascript(headers: dict[str, str], body: bytes, folder: Path) -> tuple[list[int], str]:
    (folder / "receiver.mjs").write_text(snippet("javascript", "timingSafeEqual"), encoding="utf-8")
    (folder / "run.mjs").write_text(RUN, encoding="utf-8")
    given = json.dumps({"secret": SECRET, "headers": headers, "body": base64.b64encode(body).decode()})
    done = subprocess.run(["node", "run.mjs"], cwd=folder, input=given, capture_output=True, text=True, check=True)
    *printed, statuses = done.stdout.splitlines()
    return json.loads(statuses), "\n".join(printed)


@pytest.mark.parametrize("receive", [in_python, in_javascript])
@pytest.mark.parametrize("secrets", [(SECRET,), (OLD_SECRET, SECRET)], ids=["one", "while it is rotated"])
def test_a_webhook_of_ours_is_taken_once(receive: Any, secrets: tuple[str, ...], tmp_path: Path) -> None:
    statuses, printed = receive(*signed(*secrets), tmp_path)
    assert statuses == [200, 200]
    assert printed == "video été is at https://example.com/v.mp4"


@pytest.mark.parametrize("receive", [in_python, in_javascript])
@pytest.mark.parametrize("how", ["changed", "foreign", "stale", "unsigned"])
def test_any_other_is_refused(receive: Any, how: str, tmp_path: Path) -> None:
    headers, body = signed(FOREIGN_SECRET if how == "foreign" else SECRET, age=600 if how == "stale" else 0)
    if how == "changed":
        body = body.replace(b"v.mp4", b"w.mp4")
    if how == "unsigned":
        headers["webhook-signature"] = ""
    statuses, printed = receive(headers, body, tmp_path)
    assert (statuses, printed) == ([401, 401], "")


@pytest.mark.parametrize("seed", range(20))
def test_the_row_ends_with_the_last_event_in_any_order_of_arrival(seed: int) -> None:
    scope: dict[str, Any] = {}
    exec(snippet("python", "sqlite3"), scope)  # noqa: S102  our own page
    identity = JobIdentity("été", "v", "7")
    failure = PermanentError(ErrorCode.RENDER_FAILED, "Échec.")
    events = [
        *(progressing_payload(identity, percent, sequence_of(1, percent)) for percent in (0, 40, 90)),
        failed_payload(identity, failure, seconds=1, sequence=sequence_of(1)),
        progressing_payload(identity, 0, sequence_of(2, 0)),
        {"job_id": "été", "status": "COMPLETE", "sequence": sequence_of(2)},
    ]
    assert [event["sequence"] for event in events] == sorted({event["sequence"] for event in events})
    random.Random(seed).shuffle(events)  # noqa: S311  no secret
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE videos (job_id TEXT PRIMARY KEY, status TEXT, sequence INTEGER)")
    for event in events:
        scope["store"](database, event)
        assert not scope["store"](database, event)  # a repeat changes nothing
    assert database.execute("SELECT status FROM videos").fetchall() == [("COMPLETE",)]


def send_in_python(monkeypatch: pytest.MonkeyPatch, _folder: Path) -> tuple[dict[str, str], str]:
    sent: list[dict[str, str]] = []

    class Sqs:
        def send_message(self, **message: str) -> None:
            sent.append(message)

    monkeypatch.setattr(boto3, "client", lambda _service: Sqs())
    scope: dict[str, Any] = {}
    exec(snippet("python", "send_message"), scope)  # noqa: S102  our own page
    clips = [{"source": "s3://hospup-files/videos/21/pool.MOV", "duration": 3.0}]
    job_id = scope["send"]("21", clips, "https://api.example.com/hook")
    (message,) = sent
    return message, job_id


def send_in_javascript(_monkeypatch: pytest.MonkeyPatch, folder: Path) -> tuple[dict[str, str], str]:
    package = folder / "node_modules" / "@aws-sdk" / "client-sqs"
    package.mkdir(parents=True)
    (package / "package.json").write_text('{"type": "module", "exports": "./index.js"}', encoding="utf-8")
    (package / "index.js").write_text(SQS_MODULE, encoding="utf-8")
    (folder / "sender.mjs").write_text(snippet("javascript", "SendMessageCommand"), encoding="utf-8")
    (folder / "run.mjs").write_text(SEND, encoding="utf-8")
    done = subprocess.run(["node", "run.mjs"], cwd=folder, capture_output=True, text=True, check=True)
    message, job_id = map(json.loads, done.stdout.splitlines())
    return message, job_id


@pytest.mark.parametrize("send", [send_in_python, send_in_javascript])
def test_what_is_sent_is_a_job_of_its_property(send: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The SDK is replaced here; tests/worker and tests/e2e show that jobs arrive through SQS."""
    monkeypatch.setenv("SQS_QUEUE_URL", "https://sqs.example.com/jobs")
    message, job_id = send(monkeypatch, tmp_path)
    job = parse_message(MessageBody(message["MessageBody"])).job
    assert (message["QueueUrl"], message["MessageGroupId"]) == ("https://sqs.example.com/jobs", "21")
    assert (job.job_id, job.property_id, len(job.clips)) == (job_id, "21", 1)
