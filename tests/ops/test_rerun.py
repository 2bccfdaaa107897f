"""`rerun`: which jobs are sent again, under which ids, and which are left out and why."""

import json
import re
import time
from typing import Any

import pytest

from embedded.proxy import FaultProxy
from ops.commands.rerun import next_id
from tests.ops.conftest import Operator, Site
from worker.job import MessageBody, keep_message
from worker.job.model import ID_PATTERN

LATER = "was sent later for the same video, and is"
NOT_KEPT = "its message was not kept"


def entered(site: Site, job_id: str, code: str = "MEDIA_MISSING", *, ago: float = 60, **values: Any) -> None:
    """A failed job, whose message the worker kept."""
    ids = {"job_id": job_id, "video_id": f"video-{job_id}", "property_id": "16"}
    message = ids | {"text_overlays": [{"content": "é"}]}
    then = time.time() - ago
    times = {"sent_at": int(then * 1000), "created_at": then, "updated_at": then}
    kept = keep_message(MessageBody(json.dumps(message)))
    site.fail(job_id, "It failed.", code, **times | {"kept_message": kept} | values)


@pytest.fixture
def several(site: Site) -> Site:
    entered(site, "first", ago=90)
    entered(site, "second")
    entered(site, "other-code", "RENDER_FAILED")
    entered(site, "long-ago", ago=9000)
    site.fail("unkept", "It failed.", "MEDIA_MISSING", sent_at=1)
    entered(site, "replaced", ago=50)
    site.enter("newer", status="COMPLETE", video_id="video-replaced", sent_at=int(time.time() * 1000))
    site.enter("running")
    return site


def sent(site: Site) -> list[dict[str, Any]]:
    return sorted((json.loads(body) for body in site.bodies(site.queue_url)), key=lambda message: message["job_id"])


def test_one_job_under_a_new_id(several: Site) -> None:
    done = several.run("rerun", "first", "--yes")
    (message,) = sent(several)
    assert message == {
        "job_id": "first-rerun-1",
        "video_id": "video-first",
        "property_id": "16",
        "text_overlays": [{"content": "é"}],
    }
    assert done.out.splitlines()[0].endswith("MEDIA_MISSING  first -> first-rerun-1")
    assert done.out.splitlines()[-1] == "sent 1 job again"
    assert several.groups(several.queue_url) == ["16"]


def test_all_of_a_code(several: Site) -> None:
    of_the_code = ("rerun", "--code", "MEDIA_MISSING", "--since", "2h")
    listed = several.run(*of_the_code, "--dry-run", "--json")
    assert [job["job_id"] for job in listed.json["jobs"]] == ["first", "second"]
    reasons = {each["job_id"]: each["reason"] for each in listed.json["left_out"]}
    assert NOT_KEPT in reasons["unkept"]
    assert f"job newer {LATER} COMPLETE" in reasons["replaced"]
    assert (listed.json["sent"], len(reasons), sent(several)) == (0, 2, [])

    declined = several.run(*of_the_code, answer="no\n")
    assert (declined.code, sent(several)) == (2, [])
    assert "Send 2 jobs again? [y/N]" in declined.err

    done = several.run(*of_the_code, answer="y\n")
    assert done.out.splitlines()[-1] == "sent 2 jobs again, 2 left out"
    assert [message["video_id"] for message in sent(several)] == ["video-first", "video-second"]


def test_a_job_whose_rerun_a_worker_has_seen_is_left_out(several: Site) -> None:
    later = int(time.time() * 1000)
    several.enter("first-rerun-1", status="QUEUED", video_id="video-first", sent_at=later)
    done = several.run("rerun", "--failed", "--since", "2h", "--dry-run", "--json")
    assert [job["job_id"] for job in done.json["jobs"]] == ["second", "other-code"]


def test_the_next_id_is_the_same_each_time_and_an_id() -> None:
    assert [next_id("j"), next_id("j-rerun-1"), next_id("j-rerun-9")] == ["j-rerun-1", "j-rerun-2", "j-rerun-10"]
    long_ids = ["é" * 127 + "1", "é" * 127 + "2"]
    again = [next_id(job_id) for job_id in long_ids]
    assert len({*again, next_id(again[0])}) == 3
    assert all(re.fullmatch(ID_PATTERN, job_id) for job_id in (*again, next_id(again[0])))


@pytest.mark.parametrize(
    ("job", "sentence"),
    [
        ("running", "Job running is RENDERING: only a job that has ended is sent again."),
        ("jamais-vu", "Job jamais-vu is not in the ledger: only a job that has ended is sent again."),
        ("unkept", f"Job unkept is not sent again: {NOT_KEPT}: an earlier release took it"),
        ("replaced", f"Job replaced is not sent again: job newer {LATER} COMPLETE."),
    ],
)
def test_what_can_t_be_sent_again_is_refused_with_a_sentence(several: Site, job: str, sentence: str) -> None:
    done = several.run("rerun", job, "--yes")
    assert (done.code, sentence in " ".join(done.err.split())) == (1, True), done.err
    assert sent(several) == []


@pytest.mark.parametrize(
    "arguments",
    ["", "job --since 2h", "--since 2h", "--failed", "job --failed", "--code X --since 2h", "a/b"],
)
def test_which_jobs_must_be_said(operator: Operator, arguments: str) -> None:
    assert operator.run("rerun", *arguments.split()).code == 2


@pytest.mark.parametrize("option", ["--property", "--since"])
def test_an_unset_variable_of_the_shell_chooses_no_job(several: Site, option: str) -> None:
    chosen = {"--since": "2h"} | {option: ""}
    done = several.run("rerun", "--failed", *(word for pair in chosen.items() for word in pair), "--yes")
    assert (done.code, done.out, sent(several)) == (2, "", [])


def test_many_are_prepared_with_a_request_per_job_and_one_per_hundred(site: Site) -> None:
    for number in range(3):
        entered(site, f"job-{number}")
    with FaultProxy(site.aws.endpoint) as proxy:
        options = ("--failed", "--since", "2h", "--dry-run", "--json")
        done = site.run("rerun", *options, AWS_ENDPOINT_URL=proxy.endpoint)
    assert len(done.json["jobs"]) == 3
    # One query finds the jobs, and one each looks for a newer one; their entries and their messages come at once.
    assert (len(proxy.called("Query")), len(proxy.called("BatchGetItem"))) == (1 + 3, 2)
