"""A worker, put together from its real parts, while single requests to AWS fail."""

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
from worker.assembly import assemble
from worker.aws import Clients, make_clients
from worker.pace import Pace
from worker.settings import load_settings
from worker.shutdown import Shutdown
from worker.spans import Spans


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
    consumer = assemble(load_settings(site.environment), clients, "in-process", shutdown, Pace(), spans=Spans())
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


def test_noting_the_webhook_fails_after_the_end_is_recorded(
    site: Site, clip: Path, clients: Clients, run: Callable[[], None]
) -> None:
    """The job's end stands: it is told again by the same webhook, and rendered once."""
    fail(clients.dynamodb, "UpdateItem", *range(4, 8))  # claim, proof that it holds, end; four attempts to note it
    site.send(job(site, clip, "noted"))
    run()
    eventually(lambda: site.ledger("noted").get("webhook_state") == "DELIVERED")
    eventually(lambda: is_drained(site))
    told = [delivery for delivery in site.receiver.requests() if delivery.json()["status"] == "COMPLETE"]
    assert len({delivery.headers["webhook-id"] for delivery in told}) == 1
    assert site.ledger("noted")["attempt"] == "1"


def test_the_upload_fails(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    message = job(site, clip, "uploaded")
    fail(clients.s3, "PutObject", *range(1, 5))
    site.send(message)
    run()
    assert site.final("uploaded").json()["status"] == "COMPLETE"
    assert site.ledger("uploaded")["attempt"] == "2"


def test_the_claim_fails(site: Site, clip: Path, clients: Clients, run: Callable[[], None]) -> None:
    """Nothing is acknowledged while the ledger is down; the message comes back with its lease's end."""
    fail(clients.dynamodb, "UpdateItem", *range(1, 5))
    site.send(job(site, clip, "claimed"))
    run()
    eventually(lambda: site.depth(site.queue_url) == (0, 1), 10)
    assert site.ledger("claimed") == {}
    assert site.told("claimed") == []
