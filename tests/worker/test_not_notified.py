"""A job that ends without a receiver: it is recorded, counted, and notified once there is one. And dead letters of
another system, which no worker may end.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from embedded.receiver import ends
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import is_drained, job
from worker.aws.ledger import Ledger
from worker.job import MessageBody, ResendRequest, peek_identity

NO_RECEIVER = {"WEBHOOK_URL": ""}
NOT_SET = "WEBHOOK_URL is not set: the end of a job that names no webhook_url is not notified."
ENDED = "The job has ended, and has no receiver: it names no webhook_url, and WEBHOOK_URL is not set."
LEFT_ALONE = (
    "Dead letters of jobs that the ledger doesn't know were left alone: an operator can redrive or delete them."
)
DROPPED = "There is no end to notify: the request was dropped."


def ends_unheard(site: Site, clip: Path, job_id: str, **fields: Any) -> None:
    """Let a worker without a receiver make a job, until it is recorded as not notified; then end the worker."""
    worker = site.start_worker(**NO_RECEIVER)
    site.send(job(site, clip, job_id, **fields))
    eventually(lambda: site.ledger(job_id).get("webhook_state") == "NOT_NOTIFIED")
    eventually(lambda: is_drained(site))
    worker.terminate()
    worker.wait(60)  # a second signal would leave its long poll behind, which would take the next message


@pytest.mark.parametrize("fields", [{}, {"clips": [{"source": "s3://someone-elses/clip.mp4", "duration": 1}]}])
def test_a_job_that_wants_no_webhook_notifies_nobody_and_rings_no_alarm(
    site: Site, clip: Path, fields: dict[str, Any]
) -> None:
    source = site.put("videos/7/clip.mp4", clip)
    message = {"version": 1, "job_id": "quiet", "video_id": "quiet", "webhook": {"notify": False, "progress": True}}
    site.start_worker()
    site.send(message | {"clips": [{"source": source, "duration": 1}], "output": {"quality": "draft"}} | fields)
    eventually(lambda: site.ledger("quiet").get("webhook_state") == "OFF")
    eventually(lambda: is_drained(site))
    resend(site, "quiet")
    eventually(lambda: len(site.logged(DROPPED)) == 1)
    assert site.ledger("quiet")["status"] == ("ERROR" if fields else "COMPLETE")
    assert (site.webhooks("quiet"), counted(site)) == ([], 0)


def resend(site: Site, job_id: str) -> None:
    site.send(ResendRequest(job_id).body())


def counted(site: Site) -> int:
    """How many ends the workers have counted as not notified."""
    return sum(int(line.get("EndsNotNotified", 0)) for line in site.logged("metrics"))


@pytest.mark.parametrize(
    ("fields", "status"),
    [({}, "COMPLETE"), ({"segments": [{"video_url": "s3://someone-elses/été.mp4"}]}, "ERROR")],
)
def test_an_end_without_a_receiver_is_recorded_and_delivered_once_there_is_one(
    site: Site, clip: Path, fields: dict[str, Any], status: str
) -> None:
    ends_unheard(site, clip, "unheard", **fields)
    assert len(site.logged(NOT_SET)) == len(site.logged(ENDED)) == counted(site) == 1
    assert site.logged(ENDED)[0]["level"] == "WARNING"
    before = site.ledger("unheard")
    assert (before["status"], site.webhooks("unheard")) == (status, [])

    site.start_worker()
    resend(site, "unheard")
    delivery = site.receiver.wait_for(ends("unheard"), 60)
    body = Webhook(site.secret).verify(delivery.body.encode(), delivery.headers)
    assert body == json.loads(before["payload"])
    assert body["status"] == status
    eventually(lambda: site.ledger("unheard")["webhook_state"] == "DELIVERED")

    for _ in range(2):
        resend(site, "unheard")
    eventually(lambda: len(site.logged(DROPPED)) == 2)
    eventually(lambda: is_drained(site))
    assert len(site.webhooks("unheard")) == 1
    assert len(site.logged("Job started.")) == 1
    assert counted(site) == 1
    assert len(site.logged(NOT_SET)) == 1


def test_the_webhook_id_is_the_same_however_the_end_is_delivered(site: Site, clip: Path) -> None:
    """A receiver drops what it has seen: by a resend, and by the message itself, which was sent twice."""
    message = job(site, clip, "same")
    ends_unheard(site, clip, "same")
    site.start_worker()
    site.send(message)
    by_message = site.receiver.wait_for(ends("same"), 60)
    eventually(lambda: site.ledger("same")["webhook_state"] == "DELIVERED")
    forget_the_delivery(site, "same")
    resend(site, "same")
    eventually(lambda: len(site.webhooks("same")) == 2)
    by_request = site.receiver.requests()[-1]
    assert by_request.headers["webhook-id"] == by_message.headers["webhook-id"]
    assert by_request.body == by_message.body


def test_a_delivered_end_is_delivered_again_to_the_jobs_own_receiver_where_the_request_wants_that(
    site: Site, clip: Path
) -> None:
    site.start_worker()
    site.send(job(site, clip, "again", webhook_url=f"{site.receiver.url}/of-the-job"))
    first = site.receiver.wait_for(ends("again"), 60)
    eventually(lambda: site.ledger("again").get("webhook_state") == "DELIVERED")
    resend(site, "again")
    eventually(lambda: len(site.logged(DROPPED)) == 1)

    site.send(ResendRequest("again", again=True).body())
    eventually(lambda: len(site.webhooks("again")) == 2)
    second = site.receiver.requests()[-1]
    assert (second.headers["webhook-id"], second.body) == (first.headers["webhook-id"], first.body)
    assert second.path == first.path == "/webhook/of-the-job"
    eventually(lambda: is_drained(site))


def test_a_request_without_a_receiver_changes_nothing(site: Site, clip: Path) -> None:
    ends_unheard(site, clip, "still")
    site.start_worker(**NO_RECEIVER)
    for job_id in ("still", "never-seen"):
        resend(site, job_id)
    eventually(lambda: bool(site.logged("The end can't be notified: WEBHOOK_URL is not set.")))
    eventually(lambda: bool(site.logged(DROPPED)))
    eventually(lambda: is_drained(site))
    assert site.ledger("still")["webhook_state"] == "NOT_NOTIFIED"
    assert site.ledger("never-seen") == {}


def forget_the_delivery(site: Site, job_id: str) -> None:
    """Record a job as earlier releases did that had no receiver."""
    site.aws.client("dynamodb").update_item(
        TableName=site.table,
        Key={"job_id": {"S": job_id}},
        UpdateExpression="SET webhook_state = :none",
        ExpressionAttributeValues={":none": {"S": "NONE"}},
    )


@pytest.mark.parametrize(
    "body",
    [
        {"job_id": "été"},
        {"resend_webhook": {"job_id": "a"}, "job_id": "a"},
        {"resend_webhook": {"job_id": 7}},
        {"resend_webhook": {"job_id": "x" * 5000}},
        {"resend_webhook": {"job_id": ""}},
        {"resend_webhook": "a"},
        ["resend_webhook"],
        None,
    ],
)
def test_a_job_is_never_taken_for_a_request(body: Any) -> None:
    assert ResendRequest.parse(MessageBody(json.dumps(body))) is None


@pytest.mark.parametrize("again", [False, True])
def test_a_request_survives_its_way(again: bool) -> None:
    request = ResendRequest("job-1", again)
    assert ResendRequest.parse(MessageBody(request.body())) == request


def test_dead_letters_of_another_system_are_left_alone(site: Site, clip: Path) -> None:
    """The old stack's dead letters are of videos that its backend may know as finished: their rows stay as they are."""
    old, seen = (job(site, clip, job_id) for job_id in ("old", "seen"))
    claim_and_crash(site, seen)
    for message in (old, seen):
        site.send(message, to=site.dead_letter_url)
    site.start_worker(module="tests.chaos.quick_worker")
    assert site.final("seen").json()["error_code"] == "RENDER_FAILED"
    eventually(lambda: bool(site.logged(LEFT_ALONE)))
    assert (site.webhooks("old"), site.ledger("old")) == ([], {})
    assert sum(site.depth(site.dead_letter_url)) == 2
    site.send(old)  # an operator who wants the video redrives it
    assert site.final("old").json()["status"] == "COMPLETE"


def claim_and_crash(site: Site, message: dict[str, Any]) -> None:
    """Leave a job in the ledger as a worker does that is killed at its last try."""
    body = json.dumps(message, ensure_ascii=False)
    ledger = Ledger(site.aws.client("dynamodb"), site.table, "crashed", lease_seconds=0)
    identity = peek_identity(MessageBody(body), {})
    assert identity is not None
    ledger.claim(identity, MessageBody(body).fingerprint(), "a message", 3)
