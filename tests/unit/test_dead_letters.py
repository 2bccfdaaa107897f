"""The sweeper looks at every dead letter, whatever one of them does to it."""

import logging
import threading
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from tests.waiting import eventually
from worker.aws.ledger import Finished, Ledger, WebhookState
from worker.aws.queue import JobQueue
from worker.consumer.dead_letters import Sweeper
from worker.consumer.notify import Notifier
from worker.consumer.shutdown import Shutdown
from worker.consumer.timing import Timing
from worker.errors import LedgerEntryError, ReusedIdError, UnknownJobError
from worker.media.publish import Publisher


class DeadLetters:
    """A dead-letter queue with five letters, one per job, as SQS is to its reader."""

    jobs = ("first", "second", "third", "fourth", "fifth")

    def get_queue_attributes(self, **_: object) -> dict[str, Any]:
        return {"Attributes": {"RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:dead"}'}}

    def receive_message(self, **_: object) -> dict[str, Any]:
        bodies = [f'{{"job_id": "{job}", "video_id": "v"}}' for job in self.jobs]
        return {"Messages": [{"MessageId": body, "ReceiptHandle": body, "Body": body} for body in bodies]}


class Entries:
    """A ledger that fails differently at each job, and counts the look-ups."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = dict(zip(DeadLetters.jobs, errors, strict=True))
        self.seen: list[str] = []

    def find_finished(self, job_id: str, fingerprint: str) -> Finished:
        self.seen.append(job_id)
        if error := self.errors[job_id]:
            raise error
        return Finished(job_id, {}, WebhookState.DELIVERED, fingerprint)


def sweeper(entries: Entries) -> Sweeper:
    queue = JobQueue(cast("Any", DeadLetters()), "https://sqs/1/jobs", 90)
    nothing = cast("Publisher", None), cast("Notifier", None)
    return Sweeper(queue, cast("Ledger", entries), *nothing, Timing(sweep_interval_seconds=0.01))


def test_an_unexpected_error_at_one_dead_letter_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    entries = Entries(
        AttributeError("nobody expects it"),
        UnknownJobError(),
        LedgerEntryError(),
        ReusedIdError("v", has_failed=True),
        None,
    )
    sweeper(entries).sweep()
    assert entries.seen == list(DeadLetters.jobs)
    assert sum(getattr(record, "UnexpectedErrors", 0) for record in caplog.records) == 2
    assert sum(record.exc_info is not None for record in caplog.records) == 2


def test_an_outage_of_aws_ends_the_inspection() -> None:
    entries = Entries(None, EndpointConnectionError(endpoint_url="https://dynamodb"), None, None, None)
    with pytest.raises(EndpointConnectionError):
        sweeper(entries).sweep()
    assert entries.seen == ["first", "second"]


class Stuck(Entries):
    """A ledger, or a receiver behind it, that doesn't answer."""

    def __init__(self) -> None:
        super().__init__(*[None] * len(DeadLetters.jobs))
        self.asked, self.answer = threading.Event(), threading.Event()

    def find_finished(self, job_id: str, fingerprint: str) -> Finished:
        self.asked.set()
        self.answer.wait()
        return super().find_finished(job_id, fingerprint)


def test_an_inspection_that_hangs_holds_up_neither_jobs_nor_the_end() -> None:
    entries, shutdown = Stuck(), Shutdown()
    with sweeper(entries).running(shutdown):
        assert entries.asked.wait(60)
        shutdown.request()
    assert entries.seen == []
    entries.answer.set()


def test_the_queue_is_inspected_again_after_an_outage() -> None:
    entries, shutdown = Entries(EndpointConnectionError(endpoint_url="https://dynamodb"), *[None] * 4), Shutdown()
    with sweeper(entries).running(shutdown):
        eventually(lambda: entries.seen.count("first") >= 3)
        shutdown.request()
