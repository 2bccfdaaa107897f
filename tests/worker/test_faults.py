"""A worker, built from its real parts, while single requests to AWS fail."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ConnectionError as AwsConnectionError

from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import is_drained, job
from worker.aws.clients import Clients, make_clients
from worker.aws.pause import FleetPause
from worker.consumer.shutdown import Shutdown
from worker.consumer.timing import Timing
from worker.consumer.wiring import build_consumer
from worker.settings import load_settings
from worker.telemetry.spans import Spans


@pytest.fixture
def clients(site: Site, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """The worker's own clients, retries included."""
    for name, value in site.aws.environment().items():
        monkeypatch.setenv(name, value)
    return make_clients("eu-west-1")


@pytest.fixture
def run(site: Site, clients: Clients) -> Iterator[Callable[[], None]]:
    """Starts the worker on a thread of this process, so that a test can make its requests fail."""
    shutdown = Shutdown()
    pause = FleetPause(clients.dynamodb, site.table, seconds=15)
    consumer = build_consumer(
        load_settings(site.environment), clients, "in-process", shutdown, Timing(), pause=pause, spans=Spans()
    )
    yield threading.Thread(target=consumer.run, daemon=True).start
    shutdown.request()  # its last long poll ends by itself


def fail(client: Any, operation: str, *numbers: int) -> list[int]:
    """Make the given requests of an operation fail on their way, counted from 1. Returns the count, which runs on."""
    seen = [0]

    def before_send(request: AWSRequest, **_: Any) -> None:
        seen[0] += 1
        if seen[0] in numbers:
            raise AwsConnectionError(error=OSError(f"{operation} fails on purpose: {request.url}"))

    client.meta.events.register(f"before-send.*.{operation}", before_send)
    return seen


def test_recording_the_webhook_state_fails_after_the_end_is_recorded(
    site: Site, clip: Path, clients: Clients, run: Callable[[], None]
) -> None:
    """The recorded end holds: the same webhook is delivered again, and the job is rendered once."""
    # Claim, ownership, the video's acquisition, ownership, its release, usage, end, usage; then four attempts to record
    # the webhook.
    fail(clients.dynamodb, "UpdateItem", *range(9, 13))
    site.send(job(site, clip, "noted"))
    run()
    eventually(lambda: site.ledger("noted").get("webhook_state") == "DELIVERED")
    eventually(lambda: is_drained(site))
    final = [delivery for delivery in site.receiver.requests() if delivery.json()["status"] == "COMPLETE"]
    assert len({delivery.headers["webhook-id"] for delivery in final}) == 1
    assert site.ledger("noted")["attempt"] == "1"


def test_releasing_the_video_fails(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    """The video is published: an outage just then doesn't make it again."""
    fail(clients.dynamodb, "UpdateItem", *range(5, 9))  # after claim, ownership, the video's acquisition, ownership
    site.send(job(site, clip, "released"))
    run()
    assert site.final("released").json()["status"] == "COMPLETE"
    assert site.ledger("released")["attempt"] == "1"


def test_the_upload_fails(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    """The worker uploads again: the video is made once."""
    message = job(site, clip, "uploaded")
    fail(clients.s3, "PutObject", *range(1, 5))
    site.send(message)
    run()
    assert site.final("uploaded").json()["status"] == "COMPLETE"
    assert site.ledger("uploaded")["attempt"] == "1"


def test_the_redrive_policy_cannot_be_read(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    """The job is tried, and its message acknowledged: it is only unknown which try is the last one."""
    fail(clients.sqs, "GetQueueAttributes", *range(1, 100))
    site.send(job(site, clip, "tried"))
    run()
    assert site.final("tried").json()["status"] == "COMPLETE"
    eventually(lambda: is_drained(site))


def test_the_claim_fails(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    """Nothing is acknowledged while the ledger is down; the message comes back with its lease's end."""
    fail(clients.dynamodb, "UpdateItem", *range(1, 5))
    site.send(job(site, clip, "claimed"))
    run()
    eventually(lambda: site.depth(site.queue_url) == (0, 1))
    assert site.ledger("claimed") == {}
    assert site.webhooks("claimed") == []
