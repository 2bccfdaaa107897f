"""A pause of the fleet: a worker finishes what it has and takes nothing more, stays healthy, and goes on afterwards."""

from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from ops.aws.pause import PAUSE_ITEM, begin_pause, end_pause
from ops.cost.items_data import PAUSE_POLL_SECONDS
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_cancel import cancel
from tests.worker.test_consume import endless_job, is_drained, job
from worker.aws import pause as worker_pause
from worker.aws.pause import FleetPause
from worker.consumer.timing import Timing
from worker.errors import UnknownJobError

QUICK = "tests.chaos.quick_worker"
PAUSED = "The fleet is paused: this worker takes no job."


def pause(site: Site) -> None:
    begin_pause(site.aws.client("dynamodb"), site.table, "a bad release")


def resume(site: Site) -> None:
    end_pause(site.aws.client("dynamodb"), site.table)


def published(site: Site, metric: str) -> list[int]:
    return [line[metric] for line in site.logged("metrics") if metric in line]


def test_a_worker_finishes_its_job_and_takes_no_other_until_the_pause_ends(site: Site, clip: Path) -> None:
    worker = site.start_worker(QUICK, PAUSE_POLL_SECONDS="1")
    site.send(job(site, clip, "in-hand", seconds=8))
    eventually(lambda: bool(site.logged("Job started.")))
    pause(site)
    eventually(lambda: bool(site.logged(PAUSED)))
    assert site.final("in-hand").json()["status"] == "COMPLETE"
    eventually(lambda: set(published(site, "Paused")) == {1})
    eventually(lambda: is_drained(site))
    site.send(job(site, clip, "waiting"))
    before = len(published(site, "PeakJobs"))
    eventually(lambda: len(published(site, "PeakJobs")) > before)
    assert max(published(site, "PeakJobs")) <= 1  # the job in hand counts, and the one that waits doesn't
    assert (site.depth(site.queue_url), worker.running) == ((1, 0), True)
    resume(site)
    assert site.final("waiting").json()["status"] == "COMPLETE"


def test_a_worker_that_starts_in_a_pause_takes_nothing_and_delivers_what_is_owed(site: Site, clip: Path) -> None:
    """The sweeper goes on: what it finds in the dead-letter queue is notified."""
    pause(site)
    site.send(endless_job(site, clip, "waiting"))
    assert cancel(site, "owed")
    site.send(job(site, clip, "owed"), to=site.dead_letter_url)
    site.start_worker(QUICK, PAUSE_POLL_SECONDS="1")
    assert site.final("owed").json()["error_code"] == "JOB_CANCELLED"
    assert (site.depth(site.queue_url), site.ledger("waiting")) == ((1, 0), {})


class Answers:
    """DynamoDB, which answers each request with the next of these, and the last one again and again."""

    def __init__(self, *answers: dict[str, Any] | Exception) -> None:
        self.answers = list(answers)

    def get_item(self, **_: object) -> dict[str, Any]:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


DOWN = EndpointConnectionError(endpoint_url="https://dynamodb")
ITEM = {"Item": {"job_id": {"S": PAUSE_ITEM}}}


@pytest.mark.parametrize(
    ("answers", "is_paused", "marks"),
    [
        ([{}], [False], []),
        ([ITEM, {}], [True, False], ["alive"]),
        ([DOWN, ITEM, DOWN, ITEM], [False, True, True, True], ["alive", "alive"]),
        ([ITEM, UnknownJobError(), {}], [True, True, False], ["alive"]),
    ],
)
def test_an_unreadable_ledger_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], is_paused: list[bool], marks: list[str]
) -> None:
    """And only in a pause do its answers count for the worker's health: otherwise the queue's do."""
    made: list[str] = []
    monkeypatch.setattr(worker_pause, "mark_alive", lambda: made.append("alive"))
    watched = FleetPause(cast("Any", Answers(*answers)), "table", 0.001)
    found = []
    for _ in answers:
        with watched.watched(lambda _: True):
            found.append(watched.is_paused)
    assert (found, made) == (is_paused, marks)


def test_both_sides_agree() -> None:
    assert worker_pause.PAUSE_ITEM == PAUSE_ITEM
    assert Timing().pause_poll_seconds == PAUSE_POLL_SECONDS
