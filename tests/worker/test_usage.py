"""What a worker counts of its tries, by property: whatever their end, each once."""

import json
from pathlib import Path
from typing import Any

import pytest

from embedded.proxy import Call, Fault, FaultProxy, lose, refuse
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import endless_job, is_drained, job


def counted(site: Site) -> dict[str, Any]:
    """The usage of property 7, of all days; `open` is whether a try is open."""
    found = site.aws.client("dynamodb").query(
        TableName=site.table,
        IndexName="by-status",
        KeyConditionExpression="#status = :usage",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":usage": {"S": "USAGE"}},
    )["Items"]
    assert all(item["job_id"]["S"].startswith("usage/7/") for item in found)
    entries = [site.ledger(item["job_id"]["S"]) for item in found]
    names = {name for entry in entries for name in entry if name.endswith(("seconds", "bytes_fetched", "published"))}
    sums = {name: sum(float(entry.get(name, 0)) for entry in entries) for name in (*names, "tries", "videos")}
    return sums | {"open": any("open_tries" in entry for entry in entries)}


def test_a_job_is_counted_once_and_its_duplicate_is_not(site: Site, clip: Path) -> None:
    site.start_worker()
    message = job(site, clip, "j1")
    site.send(message)
    duration = site.final("j1").json()["duration"]
    site.send(json.dumps(message, indent=2))
    eventually(lambda: bool(site.logged("The job was finished before.")))
    eventually(lambda: is_drained(site))
    found = counted(site)
    sizes = [
        site.aws.client("s3").head_object(Bucket=site.bucket, Key=key)["ContentLength"]
        for key in sorted(site.keys())
        if key.startswith("generated-videos/")
    ]
    assert (found["tries"], found["videos"], found["open"]) == (1, 1, False)
    assert found["video_seconds"] == pytest.approx(duration, abs=0.01)
    assert (found["bytes_fetched"], found["bytes_published"]) == (clip.stat().st_size, sum(sizes))
    entry = site.ledger("j1")
    assert 0 < found["worker_seconds"] <= float(entry["ended_at"]) - float(entry["claimed_at"])
    (line,) = [each for worker in site.workers for each in worker.records() if "CpuPerOutputSecond" in each]
    assert found["cpu_seconds"] >= line["CpuPerOutputSecond"] * duration - 0.01  # of the rendering and the publication


def test_a_failed_job_has_used_what_it_used_and_made_nothing(site: Site, clip: Path) -> None:
    site.start_worker()
    site.send(job(site, clip, "broken", segments=[{"video_url": site.put("videos/1/text.mp4", Path(__file__))}]))
    assert site.final("broken").json()["status"] == "ERROR"
    eventually(lambda: is_drained(site))
    found = counted(site)
    assert (found["tries"], found["videos"], found["video_seconds"], found["open"]) == (1, 0, 0, False)
    assert found["bytes_fetched"] == Path(__file__).stat().st_size
    assert found["cpu_seconds"] > 0


def test_a_try_that_is_handed_back_is_counted_without_a_video(site: Site, clip: Path) -> None:
    """The worker shuts down while it renders."""
    first = site.start_worker()
    site.send(endless_job(site, clip, "twice"))
    eventually(lambda: any(body["status"] == "PROGRESSING" for body in site.webhooks("twice")), seconds=60)
    first.terminate()
    eventually(lambda: bool(site.logged("The job was handed back: the worker is going down.")), seconds=60)
    found = counted(site)
    assert (found["tries"], found["videos"], found["open"]) == (1, 0, False)
    assert found["cpu_seconds"] > 0
    assert found["worker_seconds"] > 0


@pytest.mark.parametrize("number", [6, 8])
def test_a_lost_answer_counts_once(site: Site, clip: Path, number: int) -> None:
    """The worker repeats a write of the usage that has taken effect."""

    def plan(call: Call) -> Fault | None:
        return lose() if call.operation == "UpdateItem" and call.number == number else None

    with FaultProxy(site.aws.endpoint, plan) as proxy:
        site.start_worker(AWS_ENDPOINT_URL=proxy.endpoint)
        site.send(job(site, clip, "lost"))
        assert site.final("lost").json()["status"] == "COMPLETE"
        eventually(lambda: is_drained(site))
        found = counted(site)
        assert (found["tries"], found["videos"], found["open"]) == (1, 1, False)
        calls = [call for call in proxy.called("UpdateItem") if call.resource == site.table]
        assert len(calls) > 9


def test_a_worker_that_may_not_count_loses_no_job(site: Site, clip: Path) -> None:
    def plan(call: Call) -> Fault | None:
        return refuse(400, "AccessDeniedException") if call.operation == "UpdateItem" and call.number == 6 else None

    with FaultProxy(site.aws.endpoint, plan) as proxy:
        site.start_worker(AWS_ENDPOINT_URL=proxy.endpoint)
        site.send(job(site, clip, "refused"))
        assert site.final("refused").json()["status"] == "COMPLETE"
        eventually(lambda: is_drained(site))
    assert [line["reason"] for line in site.logged("The try's usage was not counted.")]
    assert counted(site)["tries"] == 0
