"""The code of docs/backend.md, run as it stands, on webhooks that the worker's own signer signed."""

import base64
import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from worker.job import parse_message
from worker.webhook import sign

PAGE = Path(__file__).parents[2] / "docs" / "backend.md"

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
    """The page's piece of code in a language that holds a text."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if holds in block)
    return str(found)


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


def test_what_is_sent_is_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client stands in for SQS here; that jobs arrive by it is shown in tests/worker and tests/e2e."""
    sent: list[dict[str, str]] = []

    class Sqs:
        def send_message(self, **message: str) -> None:
            sent.append(message)

    monkeypatch.setattr(boto3, "client", lambda _service: Sqs())
    monkeypatch.setenv("SQS_QUEUE_URL", "https://sqs.example.com/jobs")
    scope: dict[str, Any] = {}
    exec(snippet("python", "send_message"), scope)  # noqa: S102  our own page
    clips = [{"source": "s3://hospup-files/videos/21/pool.MOV", "duration": 3.0}]
    job_id = scope["send"]("21", clips, "https://api.example.com/hook")
    (message,) = sent
    job = parse_message(message["MessageBody"]).job
    assert message["QueueUrl"] == "https://sqs.example.com/jobs"
    assert (job.job_id, job.property_id, len(job.clips)) == (job_id, "21", 1)
