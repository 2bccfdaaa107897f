"""A log service that stalls holds up nothing: the worker's stdout is a full pipe that nobody reads."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from embedded.proxy import Call, Fault, FaultProxy, slow
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import endless_job, job

SLOW_SECONDS = 7.0
"""Two leases of `tests.worker.brief_worker`, and more."""


@pytest.fixture
def stalled(site: Site) -> Iterator[Site]:
    """A site whose first worker's log is such a pipe."""
    log = site.folder / "worker-0.log"
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(log, os.O_WRONLY | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"." * 4096)
    yield site
    os.close(writer)
    os.close(reader)


def test_the_lease_is_renewed_and_the_job_completes(stalled: Site, clip: Path) -> None:
    def plan(call: Call) -> Fault | None:
        return slow(SLOW_SECONDS) if call.operation == "GetObject" and call.number == 1 else None

    stalled.send(job(stalled, clip, "silent"))
    with FaultProxy(stalled.aws.endpoint, plan) as proxy:
        worker = stalled.start_worker("tests.worker.brief_worker", LOG_LEVEL="DEBUG", AWS_ENDPOINT_URL=proxy.endpoint)
        assert stalled.final("silent").json()["status"] == "COMPLETE"
        eventually(lambda: stalled.depth(stalled.queue_url) == (0, 0))
        renewals = proxy.called("ChangeMessageVisibility")
        worker.terminate()
        assert worker.wait(60) == 0
    assert len(renewals) >= SLOW_SECONDS // 3
    assert stalled.ledger("silent")["attempt"] == "1"


def test_sigterm_hands_the_job_back(stalled: Site, clip: Path) -> None:
    worker = stalled.start_interpreter()  # a forked one warns on standard error, which is the full pipe
    stalled.send(endless_job(stalled, clip, "long"))
    eventually(lambda: bool(stalled.webhooks("long")))
    worker.terminate()
    assert worker.wait(30) == 0
    assert stalled.depth(stalled.queue_url) == (1, 0)
    assert stalled.ledger("long")["status"] == "QUEUED"
