"""The receiver of a job's webhooks: its own URL where that can be used, else the worker's."""

import json
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.aws.ledger import Ledger
from worker.aws.queue import Message
from worker.consumer.notify import Notifier
from worker.consumer.task import Task
from worker.consumer.timing import Timing
from worker.consumer.try_usage import TryCounter
from worker.errors import ForbiddenDestinationError
from worker.job import MessageBody, PermanentError, identity_of, parse_message, peek_identity
from worker.net.allow_list import DestinationPolicy, Origin
from worker.net.webhook import WebhookSender

OWN = "https://backend.example.com/hook"
POLICY = DestinationPolicy(
    "WEBHOOK_ALLOWED_HOSTS", allowed=(Origin.parse("192.0.2.7"), Origin.parse("https://192.0.2.8:8443")), is_open=True
)
HOSTILE = [
    "", " ", "\t\n", "x", "http:", "https://", "//host", "ftp://192.0.2.7/", "https://[", "https://a:b@192.0.2.7/",
    "https://192.0.2.7:99999/", "https://192.0.2.7\\@evil.example/", "https://evil.example/", "http://8.8.8.8/hook",
    "http://169.254.169.254/latest", "https://127.0.0.1/", "file:///etc/passwd", "https://192.0.2.7/a b", "\ud800",
    "https://192.0.2.7/" + "x" * 9_000, 0, False, True, [], {}, 1.5,
]  # fmt: skip


def tasks(url: Any) -> list[Task]:
    """The task of a message with this URL, in either dialect."""
    ids = {"job_id": "j", "video_id": "vidéo"}
    source = "s3://hospup-files/videos/été.MOV"
    bodies = [
        ids
        | {"segments": [{"video_url": source, "duration": 1}], "webhook_url": url, "webhook": {"url": "https://no"}},
        ids | {"version": 1, "clips": [{"source": source}], "webhook": {"url": url}, "webhook_url": "https://no"},
    ]
    made = []
    for value in bodies:
        body = MessageBody(json.dumps(value))
        identity = peek_identity(body, {})
        assert identity is not None
        made.append(Task(Message("m", body.text, "r", {}, 1, 0.0), body, identity, is_last_try=False))
    return made


def notifier(url: str | None = OWN) -> Notifier:
    sender = WebhookSender((), POLICY, lambda _seconds: False)
    return Notifier(cast("Ledger", None), sender, url, Timing(), cast("TryCounter", None))


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(url=st.sampled_from(HOSTILE) | st.text(max_size=30).map("https://evil.example/{}".format) | st.text(max_size=20))
def test_a_url_that_cannot_be_used_falls_back_and_warns(url: Any) -> None:
    for task in tasks(url):
        with pytest.raises(ForbiddenDestinationError):
            POLICY.resolve(task.identity.webhook_url or "")
        assert notifier().url_for(task) == OWN
        (warning,) = notifier().warnings_for(task)
        assert warning.code == "WEBHOOK_URL"
        assert notifier(None).url_for(task) == task.identity.webhook_url  # there is nothing to fall back to


@pytest.mark.parametrize("url", ["https://192.0.2.7/crochet?été=1", " https://192.0.2.8:8443/ "])
def test_an_allowed_url_is_used(url: str) -> None:
    for task in tasks(url):
        assert notifier().url_for(task) == url.strip()
        assert notifier().warnings_for(task) == []


def test_a_job_without_a_url_has_the_workers() -> None:
    for task in tasks(None):
        assert notifier().url_for(task) == OWN
        assert notifier().warnings_for(task) == []


@settings(max_examples=200, derandomize=True, database=None, deadline=None)
@given(url=st.sampled_from([None, *HOSTILE]) | st.text(max_size=30))
def test_the_parsed_job_and_the_peeked_one_name_one_url(url: Any) -> None:
    for task in tasks(url):
        try:
            job = parse_message(task.body).job
        except PermanentError:
            pytest.fail("a webhook's URL fails no job")
        assert identity_of(job).webhook_url == task.identity.webhook_url
