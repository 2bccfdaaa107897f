"""A job that an operator cancels: whenever that is, it makes no video, and its receiver is notified once."""

import json
import threading
from pathlib import Path

import pytest

from ops.aws.cancellation import request_cancellation
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import endless_job, is_drained, job
from worker.aws.ledger import Claim, Ledger, Status, WebhookState
from worker.errors import JobCancelledError
from worker.job import JobIdentity, MessageBody, peek_identity

QUICK = "tests.chaos.quick_worker"


def cancel(site: Site, job_id: str) -> bool:
    """Cancel a job, as `hospup-video cancel` does. Returns whether that was in time."""
    return request_cancellation(site.aws.client("dynamodb"), site.table, job_id).cancel_requested_at > 0


def counted(site: Site, metric: str) -> int:
    return sum(int(line.get(metric, 0)) for line in site.logged("metrics"))


def test_a_job_that_renders_is_stopped(site: Site, clip: Path) -> None:
    worker = site.start_worker(QUICK)
    message = endless_job(site, clip, "running")
    site.send(message | {"webhook": message["webhook"] | {"cancelled": True}})
    eventually(lambda: len(site.webhooks("running")) > 0, 60)
    assert cancel(site, "running")
    assert cancel(site, "running")
    end = site.receiver.wait_for(lambda delivery: delivery.json()["status"] == "CANCELLED", 60).json()
    assert (end["error_code"], end["retryable"], end["sequence"]) == ("JOB_CANCELLED", False, 1999)
    eventually(lambda: is_drained(site))
    eventually(lambda: site.ledger("running")["webhook_state"] == "DELIVERED")
    assert site.ledger("running")["status"] == "CANCELLED"
    assert site.keys() == {"videos/1/clip.mp4"}
    threads = Path(f"/proc/{worker.pid}/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text(encoding="ascii").split()]
    commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    assert not [command for command in commands if b"ffmpeg" in command]
    assert (counted(site, "JobsCancelled"), counted(site, "JobsFailed"), counted(site, "JobsRetried")) == (1, 0, 0)


def test_a_job_that_waits_never_starts(site: Site, clip: Path) -> None:
    """Also where no worker has seen it yet; and its message, sent anew, ends at once."""
    assert cancel(site, "waiting")
    message = job(site, clip, "waiting")
    site.send(message)
    site.start_worker()
    body = site.final("waiting").json()
    assert (body["status"], body["error_code"], body["video_id"]) == ("ERROR", "JOB_CANCELLED", "video-waiting")
    site.send(message)
    eventually(lambda: bool(site.logged("The job was finished before.")))
    eventually(lambda: is_drained(site))
    assert site.ledger("waiting")["status"] == "CANCELLED"
    assert len(site.webhooks("waiting")) == 1
    assert (site.logged("Job started."), site.keys()) == ([], {"videos/1/été.MOV"})


def test_a_dead_letter_whose_job_was_cancelled_is_notified(site: Site, clip: Path) -> None:
    """No worker ends a job that the ledger doesn't know: the operator vouches for this one."""
    assert cancel(site, "dead")
    site.send(job(site, clip, "dead"), to=site.dead_letter_url)
    site.start_worker(QUICK)
    assert site.final("dead").json()["error_code"] == "JOB_CANCELLED"
    eventually(lambda: site.ledger("dead").get("webhook_state") == "DELIVERED")


@pytest.fixture
def claimed(site: Site, clip: Path) -> tuple[Ledger, Claim]:
    """A job that this test has claimed, in a worker's place."""
    body = MessageBody(json.dumps(job(site, clip, "raced")))
    ledger = Ledger(site.aws.client("dynamodb"), site.table, "worker", lease_seconds=90)
    identity = peek_identity(body, {})
    assert identity is not None
    claim = ledger.claim(identity, body.fingerprint(), "message", 1)
    assert isinstance(claim, Claim)
    return ledger, claim


def test_a_video_that_appears_can_not_be_cancelled(site: Site, claimed: tuple[Ledger, Claim]) -> None:
    ledger, claim = claimed
    ledger.begin_publication(claim)
    assert not cancel(site, "raced")
    assert ledger.renew(claim, "publishing", 100) is False
    ledger.release(claim)  # neither can it at a later attempt
    assert not cancel(site, "raced")


def test_a_cancelled_job_has_no_other_end(site: Site, claimed: tuple[Ledger, Claim]) -> None:
    ledger, claim = claimed
    assert cancel(site, "raced")
    assert ledger.renew(claim, "rendering", 50) is True
    with pytest.raises(JobCancelledError):
        ledger.begin_publication(claim)
    for status in (Status.COMPLETE, Status.ERROR):
        with pytest.raises(JobCancelledError):
            ledger.finish(claim, status, {}, WebhookState.PENDING)
    ledger.finish(claim, Status.CANCELLED, {"status": "ERROR"}, WebhookState.OFF)
    assert cancel(site, "raced")
    assert site.ledger("raced")["status"] == "CANCELLED"


def test_of_a_cancellation_and_an_end_one_wins(site: Site) -> None:
    """Both at the same moment, many times: the operator is told what becomes of the job."""
    ledger = Ledger(site.aws.client("dynamodb"), site.table, "worker", lease_seconds=90)
    for number in range(20):
        job_id = f"race-{number}"
        claim = ledger.claim(JobIdentity(job_id, "v", "7"), "digest", "message", 1)
        assert isinstance(claim, Claim)
        told: list[bool] = []
        operator = threading.Thread(target=lambda job_id=job_id, told=told: told.append(cancel(site, job_id)))
        operator.start()
        try:
            ledger.begin_publication(claim)
            ledger.finish(claim, Status.COMPLETE, {"status": "COMPLETE"}, WebhookState.OFF)
        except JobCancelledError:
            ledger.finish(claim, Status.CANCELLED, {"status": "ERROR"}, WebhookState.OFF)
        operator.join()
        assert site.ledger(job_id)["status"] == ("CANCELLED" if told == [True] else "COMPLETE")
