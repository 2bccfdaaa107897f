"""Several generations of one video in flight: the one that was sent last is the one that stays."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded.aws import EmbeddedAws
from tests.waiting import eventually
from tests.worker.conftest import Site
from worker.aws.ledger import Claim, Ledger
from worker.errors import BusyError, SupersededError
from worker.job import JobIdentity

LEASE = 90.0


def generation(site: Site, clip: Path, job_id: str, seconds: float) -> dict[str, Any]:
    source = site.put("videos/1/été.MOV", clip)
    segments = [{"video_url": source, "duration": seconds, "order": 1}]
    return {"job_id": job_id, "video_id": "vidéo", "property_id": 7, "segments": segments}


def test_an_older_job_does_not_overwrite_a_newer_video(site: Site, clip: Path) -> None:
    site.start_worker()
    site.send(generation(site, clip, "older", seconds=30))
    eventually(lambda: site.ledger("older").get("status") == "RENDERING")
    site.start_worker()
    site.send(generation(site, clip, "newer", seconds=1))
    newer, older = site.final("newer").json(), site.final("older").json()
    assert (newer["status"], older["status"]) == ("COMPLETE", "COMPLETE")
    assert "SUPERSEDED" in [each["code"] for each in older["warnings"]]
    assert "SUPERSEDED" not in [each["code"] for each in newer["warnings"]]
    for name in ("file_url", "thumbnail_url", "duration"):  # whatever arrives last, the backend's row is the newer one
        assert older[name] == newer[name]
    head = site.aws.client("s3").head_object(Bucket=site.bucket, Key="generated-videos/7/vidéo.mp4")
    assert head["Metadata"] == {"job-id": "newer"}


def test_an_older_jobs_error_does_not_reach_the_row_of_a_newer_video(site: Site, clip: Path) -> None:
    site.send(generation(site, clip, "broken", 1) | {"segments": [{"video_url": f"s3://{site.bucket}/none.mp4"}]})
    site.send(generation(site, clip, "whole", 1))
    entries = site.aws.client("dynamodb")
    entries.put_item(  # the newer one was published by a worker that was quicker
        TableName=site.table,
        Item={
            "job_id": {"S": "video/generated-videos/7/vidéo.mp4"},
            "newest": {"S": "whole"},
            "sent_at": {"N": "99999999999999"},
            "description": {"S": "{}"},
        },
    )
    site.start_worker()
    eventually(lambda: site.ledger("broken").get("webhook_state") == "SUPERSEDED")
    assert site.ledger("broken")["status"] == "ERROR"
    assert site.webhooks("broken") == []


@pytest.fixture(scope="module")
def table(aws: EmbeddedAws) -> str:
    aws.client("dynamodb").create_table(
        TableName="generations",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "job_id", "AttributeType": "S"}],
    )
    return "generations"


_number = iter(range(1_000_000))


@settings(max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    sent=st.tuples(st.integers(1, 2), st.integers(1, 2)),
    steps=st.lists(st.tuples(st.integers(0, 1), st.sampled_from(["step", "step", "step", "kill"])), max_size=25),
)
def test_the_newest_sent_stays_whatever_is_killed_when(
    aws: EmbeddedAws, table: str, sent: tuple[int, int], steps: list[tuple[int, str]]
) -> None:
    """Two workers, two generations, each killed between any two steps of: acquire, copy, release.

    A killed one starts again, as SQS sees to: after its lease.
    """
    run, now = next(_number), [1_000_000.0]
    key = f"generated-videos/7/{run}.mp4"
    identities = [JobIdentity(f"{run}-{number}", "video", "7") for number in range(2)]
    ledgers = [
        Ledger(aws.client("dynamodb"), table, f"worker-{number}", LEASE, clock=lambda: now[0]) for number in range(2)
    ]
    receives, stage, claims = [0, 0], ["start", "start"], [Claim("", 0), Claim("", 0)]
    description = {"video": key, "thumbnail": f"{key}.jpg", "duration": 1.0, "extras": {}}
    published: list[int] = []

    def step(who: int) -> None:
        ledger = ledgers[who]
        if stage[who] == "start":
            receives[who] += 1
            claim = ledger.claim(identities[who], "digest", "message", receives[who], sent[who])
            assert isinstance(claim, Claim)
            claims[who], stage[who] = claim, "claimed"
        elif stage[who] == "claimed":
            try:
                ledger.acquire_video(claims[who], key, description)
            except SupersededError:
                stage[who] = "done"
            except BusyError:
                return
            else:
                stage[who] = "acquired"
        elif stage[who] == "acquired":
            published.append(who)
            stage[who] = "copied"
        elif stage[who] == "copied":
            ledger.release_video(claims[who], key)
            stage[who] = "done"

    for who, what in steps:
        if what == "kill" and stage[who] not in {"start", "done"}:
            stage[who] = "start"
            if "acquired" not in stage:  # a lease of the other that is alive would be renewed by its end
                now[0] += LEASE + 1
        else:
            step(who)
    for _ in range(10):
        for who in range(2):
            step(who)
        if "acquired" not in stage:
            now[0] += LEASE + 1
    assert stage == ["done", "done"]
    newest = max(range(2), key=lambda who: (sent[who], identities[who].job_id))
    assert published[-1] == newest
