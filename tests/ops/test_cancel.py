"""`cancel`: which jobs it marks for the workers, and what it says of the others."""

import time

import pytest

from tests.ops.conftest import Operator, Site


def marked(site: Site, job_id: str) -> bool:
    """Whether workers make no video of the job."""
    found = site.aws.client("dynamodb").get_item(TableName=site.table, Key={"job_id": {"S": job_id}})
    return "cancel_requested_at" in found.get("Item", {})


def test_a_job_that_renders(site: Site) -> None:
    site.enter("été-1")
    declined = site.run("cancel", "été-1", answer="n\n")
    assert (declined.code, marked(site, "été-1")) == (2, False)
    assert "Cancel job été-1 (rendering)? [y/N]" in declined.err
    done = site.run("cancel", "été-1", answer="y\n")
    assert (done.code, done.out.strip()) == (0, "Job été-1 is cancelled: its worker stops within 35 s.")
    assert marked(site, "été-1")
    assert site.run("cancel", "été-1", "--yes").code == 0
    status = site.run("status", "été-1")
    assert (status.code, "or receives it next, makes no video of it." in status.out) == (0, True)


@pytest.mark.parametrize("known", [True, False])
def test_a_job_that_waits(site: Site, known: bool) -> None:
    if known:
        site.enter("j", status="QUEUED")
    done = site.run("cancel", "j", "--yes")
    assert (done.code, done.out.strip()) == (
        0,
        "Job j is cancelled: the worker that receives its message makes no video.",
    )
    assert marked(site, "j")
    state = site.run("status", "j", "--json").json
    assert (state["status"], bool(state["cancel_requested_at"])) == ("QUEUED", True)


def test_a_job_that_was_cancelled_before(site: Site) -> None:
    site.enter("j", status="CANCELLED", cancel_requested_at=time.time(), webhook_state="DELIVERED")
    done = site.run("cancel", "j")
    assert (done.code, done.out.strip()) == (0, "Job j was cancelled before.")
    assert site.run("status", "j").code == 1


@pytest.mark.parametrize("status", ["COMPLETE", "ERROR"])
def test_a_job_that_has_ended(site: Site, status: str) -> None:
    site.enter("j", status=status)
    done = site.run("cancel", "j")
    sentence = f"Job j has ended already ({status}): there is nothing to cancel."
    assert (done.code, done.out, done.err.strip()) == (1, "", sentence)
    assert not marked(site, "j")


def test_a_video_that_is_being_published(site: Site) -> None:
    site.enter("j", publishing_at=time.time())
    done = site.run("cancel", "j", "--yes")
    assert (done.code, done.out.strip()) == (
        1,
        "Job j goes on: its video is being published, and it is too late to cancel it.",
    )
    assert not marked(site, "j")


def test_the_unfinished_jobs_of_a_video_or_a_property(site: Site) -> None:
    site.enter("old", video_id="v", created_at=time.time() - 7200)
    site.enter("new", video_id="v")
    site.enter("late", video_id="v", publishing_at=time.time())
    site.enter("done", video_id="v", status="COMPLETE")
    site.enter("other", property_id="17")
    listed = site.run("cancel", "--video", "v", "--since", "1h", "--dry-run")
    assert [line.split()[-1] for line in listed.out.splitlines()[:-1]] == ["new", "late"]
    assert (listed.code, listed.out.splitlines()[-1], marked(site, "new")) == (0, "2 jobs to cancel", False)
    asked = site.run("cancel", "--video", "v", "--since", "1h", answer="n\n")
    assert "Cancel 2 unfinished jobs?" in asked.err
    assert [line.split()[-1] for line in asked.out.splitlines()] == ["new", "late"]
    done = site.run("cancel", "--video", "v", "--since", "1h", "--yes", "--json")
    assert done.code == 1
    assert {job["job_id"]: job["cancelled"] for job in done.json["jobs"]} == {"new": True, "late": False}
    assert site.run("cancel", "--property", "17", "--yes").code == 0
    assert [job for job in ("old", "new", "late", "done", "other") if marked(site, job)] == ["new", "other"]
    nothing = site.run("cancel", "--video", "unknown")
    assert (nothing.code, nothing.out) == (1, "")
    assert nothing.err.startswith("No such job of video unknown renders or is back in the queue")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("j", "--video", "v"),
        ("j", "--since", "1h"),
        ("--video", "v", "--since", "soon"),
        ("--video", "v", "--since", ""),
        ("--video", "v", "--property", ""),
        ("a/b",),
        ("x" * 129,),
    ],
)
def test_which_jobs_must_be_said(operator: Operator, arguments: tuple[str, ...]) -> None:
    done = operator.run("cancel", *arguments, "--yes")
    assert (done.code, done.out) == (2, "")
