"""`webhook resend`: which jobs it names, and what it sends to the workers."""

import time
from typing import Any

import pytest

from tests.ops.conftest import Operator, Site
from worker.job import MessageBody, ResendRequest, keep_message

DAY = 86_400.0


def ended(
    site: Site, job_id: str, webhook: str, *, days_ago: float = 0, status: str = "COMPLETE", **values: Any
) -> None:
    then = time.time() - days_ago * DAY
    site.enter(job_id, status=status, webhook_state=webhook, created_at=then, updated_at=then, **values)


@pytest.fixture
def several(site: Site) -> Site:
    """Jobs of every kind; three of them ended without a receiver within two days."""
    ended(site, "été-1", "NOT_NOTIFIED", days_ago=1)
    ended(site, "old-release", "NONE", days_ago=0.5)
    ended(site, "failed", "NOT_NOTIFIED", status="ERROR")
    ended(site, "long-ago", "NOT_NOTIFIED", days_ago=5)
    for state in ("PENDING", "DELIVERED", "REFUSED", "OFF", "SUPERSEDED"):
        ended(site, state.lower(), state)
    for state in ("DELIVERED", "REFUSED"):
        kept = keep_message(MessageBody('{"job_id": "j"}'))
        ended(site, f"kept-{state.lower()}", state, kept_message=kept, property_id="21")
    site.enter("running")
    return site


def requested(site: Site) -> set[str]:
    requests = [ResendRequest.parse(MessageBody(body)) for body in site.bodies(site.queue_url)]
    assert None not in requests
    return {request.job_id for request in requests if request}


def test_all_since_a_time(several: Site) -> None:
    listed = several.run("webhook", "resend", "--since", "2d", "--dry-run")
    assert listed.out.splitlines()[-1] == "3 webhooks to deliver"
    assert [line.split()[-1] for line in listed.out.splitlines()[:-1]] == ["failed", "old-release", "été-1"]
    assert requested(several) == set()

    declined = several.run("webhook", "resend", "--since", "2d", answer="n\n")
    assert (declined.code, requested(several)) == (2, set())
    assert "Deliver 3 webhooks? [y/N]" in declined.err

    done = several.run("webhook", "resend", "--since", "2d", "--yes", "--json")
    assert done.json == {"jobs": ["failed", "old-release", "été-1"], "left_out": [], "requested": 3}
    assert requested(several) == {"failed", "old-release", "été-1"}
    assert several.groups(several.queue_url) == ["16"] * 3


def test_one_job(several: Site) -> None:
    done = several.run("webhook", "resend", "long-ago")
    assert done.out.splitlines()[-1] == (
        "asked the workers for 1 webhook: `hospup-video status JOB_ID` shows each as delivered"
    )
    assert requested(several) == {"long-ago"}


def test_a_delivered_end_again_after_a_question(several: Site) -> None:
    done = several.run("webhook", "resend", "kept-delivered", answer="n\n")
    assert (done.code, requested(several)) == (2, set())
    assert "Deliver 1 webhook again? [y/N]" in done.err
    assert several.run("webhook", "resend", "kept-delivered", "--yes").code == 0
    (body,) = several.bodies(several.queue_url)
    assert ResendRequest.parse(MessageBody(body)) == ResendRequest("kept-delivered", again=True)
    assert several.groups(several.queue_url) == ["21"]


def test_all_that_were_refused(several: Site) -> None:
    done = several.run("webhook", "resend", "--since", "1h", "--webhook", "refused", "--dry-run", "--json")
    assert done.json == {"jobs": ["kept-refused"], "left_out": ["refused"], "requested": 0}
    told = several.run("webhook", "resend", "--since", "1h", "--webhook", "refused", "--yes").out
    assert "left out  COMPLETE   refused: its message was not kept" in told
    assert requested(several) == {"kept-refused"}


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ("running", "Job running is RENDERING: there is no end to notify."),
        ("jamais-vu", "Job jamais-vu is not in the ledger: there is no end to notify."),
        ("off", "The webhook of job off is off: the job wants none."),
        (
            "superseded",
            "The webhook of job superseded is superseded: it would replace what the backend knows of a newer video.",
        ),
        (
            "pending",
            "The webhook of job pending is pending, and can't be repeated: its message was not kept, so the receiver "
            "that it named isn't known.",
        ),
    ],
)
def test_what_needs_no_resend_is_refused_with_a_sentence(several: Site, job: str, sentence: str) -> None:
    done = several.run("webhook", "resend", job)
    assert (done.code, " ".join(done.err.split())) == (1, sentence)
    assert requested(several) == set()


@pytest.mark.parametrize("arguments", [(), ("job", "--since", "2d"), ("--since", "yesterday"), ("job", "--failed")])
def test_which_jobs_must_be_said(operator: Operator, arguments: tuple[str, ...]) -> None:
    assert operator.run("webhook", "resend", *arguments).code == 2


def test_a_dead_letter_that_is_a_request_names_its_job(several: Site) -> None:
    several.send(several.dead_url, ResendRequest("été-1").body())
    (found,) = several.run("dlq", "list", "--json").json["messages"]
    assert (found["job_id"], found["reason"]) == ("été-1", "the video is made; the webhook is not notified")
