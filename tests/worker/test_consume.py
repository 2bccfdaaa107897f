"""`python -m worker` as a process: what it does with a message, from outside."""

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from embedded.workers import WorkerProcess
from tests.waiting import eventually
from tests.worker.conftest import MakeSite, Site
from worker.aws.ledger import Ledger
from worker.aws.queue import LONG_POLL_SECONDS, JobQueue
from worker.job import JobIdentity, message_to_send_again


def job(site: Site, clip: Path, job_id: str, *, seconds: float = 1.0, **fields: Any) -> dict[str, Any]:
    source = site.put("videos/1/été.MOV", clip)
    return {
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": 7,
        "segments": [{"video_url": source, "duration": seconds, "order": 1}],
        "custom_script": {"texts": [{"content": "Été à l'hôtel", "style": {"fontSize": "oops"}}]},
        **fields,
    }


def endless_job(site: Site, clip: Path, job_id: str) -> dict[str, Any]:
    """Minutes at 3840 x 3840, within the budget of a job: no machine makes that within the grace of a shutdown."""
    source = site.put("videos/1/clip.mp4", clip)
    return {
        "version": 1,
        "job_id": job_id,
        "video_id": f"video-{job_id}",
        "property_id": "7",
        "output": {"width": 3840, "height": 3840, "fps": 30},
        "clips": [{"source": source, "duration": 200, "motion": "zoom-in"}],
        "webhook": {"url": site.receiver.url, "progress": True},
    }


def is_drained(site: Site) -> bool:
    return site.depth(site.queue_url) == (0, 0)


def test_a_job_is_rendered_notified_and_acknowledged(site: Site, clip: Path) -> None:
    site.start_worker()
    message = job(site, clip, "j1", user_id=21, template_id="tpl-1")
    site.send(message)
    delivery = site.final("j1")
    body = delivery.json()
    base = f"https://s3.eu-west-1.amazonaws.com/{site.bucket}/generated-videos/7/video-j1"
    assert Webhook(site.secret).verify(delivery.body.encode(), delivery.headers) == body
    assert body["status"] == "COMPLETE"
    assert (body["file_url"], body["output_url"], body["thumbnail_url"]) == (
        f"{base}.mp4",
        f"{base}.mp4",
        f"{base}.jpg",
    )
    assert body["duration"] == body["total_duration"] == pytest.approx(1.0, abs=1 / 30)
    assert (body["progress"], body["segments_processed"], body["user_id"]) == (100, 1, "21")
    assert body["processing_time"].endswith("s")
    (warning,) = body["warnings"]
    assert (warning["code"], warning["pointer"]) == ("STYLE_VALUE", "/custom_script/texts/0/style/fontSize")
    assert [(body["status"], body["sequence"]) for body in site.webhooks("j1")] == [("COMPLETE", 1999)]

    eventually(lambda: is_drained(site))
    for key, content_type in (("mp4", "video/mp4"), ("jpg", "image/jpeg")):
        head = site.aws.client("s3").head_object(Bucket=site.bucket, Key=f"generated-videos/7/video-j1.{key}")
        assert (head["ContentType"], head["ContentDisposition"], head["Metadata"]) == (
            content_type,
            "inline",
            {"job-id": "j1"},
        )
    entry = site.ledger("j1")
    assert (entry["status"], entry["attempt"], entry["webhook_state"]) == ("COMPLETE", "1", "DELIVERED")
    assert int(entry["expires_at"]) == pytest.approx(time.time() + 30 * 86_400, abs=120)
    assert json.loads(message_to_send_again(entry["kept_message"], "j1", "")) == message
    assert list(json.loads(entry["stages"])) == ["claim", "fetch", "render", "publish"]
    assert entry["claimed_at"] == entry["created_at"] <= entry["ended_at"] <= entry["updated_at"]


def test_an_embedded_aws_may_have_a_host_name(site: Site, clip: Path) -> None:
    """No `bucket.localhost` resolves: buckets are addressed by path."""
    site.start_worker(AWS_ENDPOINT_URL=site.aws.endpoint.replace("127.0.0.1", "localhost"))
    site.send(job(site, clip, "named-host"))
    assert site.final("named-host").json()["status"] == "COMPLETE"


def test_a_duplicate_renders_nothing_and_notifies_only_once(site: Site, clip: Path) -> None:
    site.start_worker()
    message = job(site, clip, "twice")
    site.send(message)
    site.final("twice")
    site.send(json.dumps(message, indent=2))
    eventually(lambda: bool(site.logged("The job was finished before.")))
    eventually(lambda: is_drained(site))
    assert [body["status"] for body in site.webhooks("twice")] == ["COMPLETE"]
    assert len(site.logged("Job complete.")) == 1


def test_two_workers_with_the_same_job_make_one_video(site: Site, clip: Path) -> None:
    site.start_worker()
    site.start_worker()
    eventually(lambda: len(site.logged("Worker started.")) == 2)
    message = job(site, clip, "both", seconds=8)
    for _ in range(3):
        site.send(message)
    site.final("both")
    eventually(lambda: is_drained(site))
    assert len(site.logged("Job complete.")) == 1
    assert [body["status"] for body in site.webhooks("both")] == ["COMPLETE"]
    assert site.depth(site.dead_letter_url) == (0, 0)


def test_a_job_id_with_another_body_is_refused(site: Site, clip: Path) -> None:
    site.start_worker()
    site.send(job(site, clip, "same"))
    first = site.final("same")
    site.send(job(site, clip, "same", template_id="other"))
    eventually(lambda: bool(site.logged("The receiver is not notified: the job that has the id makes the same video.")))
    eventually(lambda: is_drained(site))
    assert len(site.webhooks("same")) == 1
    site.send(job(site, clip, "same", video_id="another"))
    eventually(lambda: len(site.webhooks("same")) == 2)
    refusal = site.receiver.requests()[-1]
    assert refusal.json()["error_code"] == "JOB_ID_REUSED"
    assert refusal.headers["webhook-id"] != first.headers["webhook-id"]
    assert site.ledger("same")["status"] == "COMPLETE"


def test_only_the_job_that_has_an_id_reports_its_end(site: Site, clip: Path) -> None:
    """While a job runs elsewhere, other messages name its id: beside a body that can't be read, or in a job."""
    elsewhere = Ledger(site.aws.client("dynamodb"), site.table, "another worker", lease_seconds=90)
    elsewhere.claim(JobIdentity("running", "video-running", "7"), "digest", "its message", receives=1)
    site.start_worker()
    site.send("{", job_id="running", video_id="another-video")
    site.send(job(site, clip, "running", video_id="video-running"))
    eventually(lambda: bool(site.logged("The receiver is not notified: the job that has the id makes the same video.")))
    eventually(lambda: site.depth(site.dead_letter_url) == (1, 0))
    eventually(lambda: site.depth(site.queue_url) == (0, 0))
    (set_aside,) = site.logged("A message was set aside in the dead-letter queue.")
    assert "belongs to another message" in set_aside["reason"]
    assert site.webhooks("running") == []
    assert (site.ledger("running")["status"], site.ledger("running")["attempt"]) == ("RENDERING", "1")


@pytest.mark.parametrize(
    ("segment", "code", "pointer"),
    [
        ({"video_url": "s3://BUCKET/videos/none.mp4"}, "MEDIA_MISSING", "/segments/0/video_url"),
        ({"video_url": "s3://someone-elses/a.mp4"}, "MEDIA_FORBIDDEN", "/segments/0/video_url"),
        ({"source_url": "http://169.254.169.254/latest"}, "MEDIA_FORBIDDEN", "/segments/0/source_url"),
        ({"video_url": "s3://BUCKET/broken.mp4"}, "MEDIA_UNDECODABLE", "/segments/0/video_url"),
        ({"duration": 1}, "INVALID_MESSAGE", "/segments/0/video_url"),
    ],
)
def test_what_can_never_succeed_is_notified_once_and_acknowledged(
    site: Site, tmp_path: Path, segment: dict[str, Any], code: str, pointer: str
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all" * 1000)
    site.put("broken.mp4", broken)
    site.start_worker()
    message = {"job_id": "bad", "video_id": "v", "segments": [segment]}
    site.send(json.dumps(message).replace("BUCKET", site.bucket))
    body = site.final("bad").json()
    assert (body["status"], body["error_code"], body["error_pointer"]) == ("ERROR", code, pointer)
    assert body["retryable"] is False
    assert body["error"].endswith(".")
    assert "\n" not in body["error"]
    eventually(lambda: is_drained(site))
    assert site.ledger("bad")["status"] == "ERROR"
    (values,) = [record for record in site.logged("metrics") if "JobsFailed" in record]
    assert (values["JobsCompleted"], values["JobsFailed"], values["error_code"]) == (0, 1, code)
    assert site.depth(site.dead_letter_url) == (0, 0)


def test_bad_messages_among_good_ones_stop_nothing(site: Site, clip: Path) -> None:
    worker = site.start_worker()
    sent = set()
    for body in (" ", "null", "[]", "{", '{"job_id": {"a": 1}}', '{"video_id": "v"}', "é" * 99):
        sent.add(site.send(body))
    site.send(job(site, clip, "good"))
    assert site.final("good").json()["status"] == "COMPLETE"
    eventually(lambda: is_drained(site))
    assert worker.running
    dead = site.aws.client("sqs").receive_message(
        QueueUrl=site.dead_letter_url,
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
        MessageSystemAttributeNames=["MessageGroupId"],
    )["Messages"]
    assert len(dead) == 7
    assert {message["Attributes"]["MessageGroupId"] for message in dead} == {"21"}
    reasons = sorted(message["MessageAttributes"]["reason"]["StringValue"] for message in dead)
    assert reasons == [
        *["JSON, but no object"] * 2,
        "job_id {'a': 1} is unusable: an id has 1 to 128 characters, no slash and no control character",
        "no job_id",
        *["not JSON"] * 3,
    ]
    assert {message["MessageAttributes"]["sent_as"]["StringValue"] for message in dead} == sent


def test_ids_in_message_attributes_are_enough(site: Site) -> None:
    site.start_worker()
    site.send("{}", job_id="by-attribute", video_id="v")
    assert site.final("by-attribute").json()["error_code"] == "INVALID_MESSAGE"


def test_a_failing_receiver_is_tried_again_without_rendering_again(make_site: MakeSite, clip: Path) -> None:
    site = make_site(statuses=(503, 503, 503))
    site.start_worker()
    site.send(job(site, clip, "patient"))
    eventually(lambda: site.ledger("patient").get("webhook_state") == "DELIVERED", 90)
    deliveries = [delivery for delivery in site.receiver.requests() if delivery.json()["status"] == "COMPLETE"]
    assert [delivery.status for delivery in deliveries] == [503, 503, 503, 200]
    assert len({delivery.headers["webhook-id"] for delivery in deliveries}) == 1
    assert len({delivery.body for delivery in deliveries}) == 1
    entry = site.ledger("patient")
    assert (entry["webhook_answer"], entry["webhook_attempts"]) == ("200", "4")  # of two deliveries
    assert len(site.logged("Job complete.")) == 1
    (delivered,) = site.logged("The webhook was delivered.")
    assert (delivered["job_id"], delivered["answer"]) == ("patient", "200")
    eventually(lambda: is_drained(site))


def test_a_final_refusal_is_final(make_site: MakeSite, clip: Path) -> None:
    site = make_site(statuses=(410,))
    site.start_worker()
    site.send(job(site, clip, "gone"))
    eventually(lambda: site.ledger("gone").get("webhook_state") == "REFUSED")
    assert site.ledger("gone")["webhook_answer"] == "410"
    eventually(lambda: is_drained(site))
    assert len(site.receiver.requests()) == 1


def test_an_output_never_overwrites_an_input(site: Site, clip: Path) -> None:
    source = site.put("generated-videos/7/assembled.mp4", clip)
    before = site.aws.client("s3").head_object(Bucket=site.bucket, Key="generated-videos/7/assembled.mp4")["ETag"]
    site.start_worker()
    site.send({"job_id": "base", "video_id": "assembled", "property_id": 7, "base_video_url": source})
    body = site.final("base").json()
    assert body["file_url"].endswith("/generated-videos/7/assembled-final.mp4")
    assert (
        site.aws.client("s3").head_object(Bucket=site.bucket, Key="generated-videos/7/assembled.mp4")["ETag"] == before
    )
    assert {"generated-videos/7/assembled-final.mp4", "generated-videos/7/assembled-final.jpg"} <= site.keys()


def test_sigterm_hands_a_long_job_back_and_another_worker_makes_it(site: Site, clip: Path) -> None:
    first = site.start_worker()
    site.send(endless_job(site, clip, "long"))
    eventually(lambda: bool(site.webhooks("long")))
    first.terminate()
    assert first.wait(60) == 0  # a render that ends in time has 100 s
    assert site.depth(site.queue_url) == (1, 0)
    assert site.ledger("long")["status"] == "QUEUED"
    assert not site.keys() & {"generated-videos/7/video-long.mp4"}
    site.start_worker()
    eventually(lambda: site.ledger("long")["status"] == "RENDERING")
    assert site.ledger("long")["attempt"] == "2"


def test_sigterm_lets_a_job_finish_that_ends_in_time(site: Site, clip: Path) -> None:
    worker = site.start_worker()
    source = site.put("videos/1/clip.mp4", clip)
    site.send(
        {
            "version": 1,
            "job_id": "short",
            "video_id": "v",
            "output": {"width": 720, "height": 1280},
            "clips": [{"source": source, "duration": 60}],
            "webhook": {"url": site.receiver.url, "progress": True},
        }
    )
    eventually(lambda: any(body["progress"] >= 10 for body in site.webhooks("short")))
    assert site.webhooks("short")[-1]["status"] == "PROGRESSING"
    worker.terminate()
    assert worker.wait(90) == 0
    assert site.webhooks("short")[-1]["status"] == "COMPLETE"
    sequences = [body["sequence"] for body in site.webhooks("short")]
    assert sequences == sorted(set(sequences))
    assert is_drained(site)


def test_sigterm_while_idle_ends_with_the_long_poll(site: Site) -> None:
    worker = site.start_worker()
    eventually(lambda: bool(site.logged("Worker started.")))
    worker.terminate()
    assert worker.wait(60) == 0


def health(site: Site) -> int:
    command = [sys.executable, "-m", "worker", "health"]
    return subprocess.run(command, env={"PATH": os.environ["PATH"], "TMPDIR": str(site.folder)}, check=False).returncode


def test_the_health_check_knows_whether_the_queue_was_reached(site: Site, clip: Path) -> None:
    assert health(site) == 1
    site.start_worker(TMPDIR=str(site.folder))
    site.send(job(site, clip, "healthy"))
    site.final("healthy")
    assert health(site) == 0
    long_ago = time.time() - 300
    os.utime(site.folder / "worker-health" / "alive", (long_ago, long_ago))
    assert health(site) == 1


def test_a_second_sigterm_waits_for_nothing(site: Site) -> None:
    worker = site.start_worker()
    eventually(lambda: bool(site.logged("Worker started.")))
    worker.terminate()
    eventually(lambda: ends_at_another_sigterm(worker), LONG_POLL_SECONDS / 2)
    assert worker.wait(0) == 0


def ends_at_another_sigterm(worker: WorkerProcess) -> bool:
    """Two signals in quick succession may count as one, so this one may have to be sent again."""
    worker.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.wait(0.2)
    return not worker.running


def renders(site: Site) -> list[str]:
    """Command lines of FFmpeg processes that work below the site's folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            command = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if "ffmpeg" in command and f"{site.folder}/job-" in command:
                found.append(command)
    return found


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_no_ffmpeg_is_left_behind(site: Site, clip: Path, end: str) -> None:
    worker = site.start_worker(TMPDIR=str(site.folder))
    site.send(endless_job(site, clip, "orphan"))
    eventually(lambda: bool(renders(site)))
    getattr(worker, end)()
    worker.wait(90)
    eventually(lambda: not renders(site))


def test_secrets_stay_out_of_the_logs(site: Site, clip: Path) -> None:
    worker = site.start_worker(LOG_LEVEL="DEBUG")
    site.send(job(site, clip, "quiet"))
    site.final("quiet")
    worker.stop()
    log = worker.log.read_text(encoding="utf-8")
    assert site.secret not in log
    assert site.secret.removeprefix("whsec_") not in log
    assert "Worker stopped." in log


def test_every_log_line_of_a_job_bears_its_id(site: Site, clip: Path) -> None:
    site.start_worker()
    site.send(job(site, clip, "traced"))
    site.final("traced")
    eventually(lambda: bool(site.logged("Job complete.")))
    (line,) = site.logged("Job complete.")
    assert {"time", "level", "job_id", "video_id", "stages", "total", "waited"} <= line.keys()
    assert set(line["stages"]) == {"claim", "fetch", "render", "publish"}
    (metrics,) = [record for record in site.logged("metrics") if "JobsCompleted" in record]
    named = {metric["Name"] for metric in metrics["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert named <= metrics.keys()
    assert metrics["job_id"] == "traced"


def test_a_trace_goes_from_the_message_to_the_webhook(site: Site, clip: Path) -> None:
    site.start_worker()
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    site.send(job(site, clip, "traced"), traceparent=f"00-{trace_id}-00f067aa0ba902b7-01")
    traceparent = site.final("traced").headers["traceparent"]
    assert traceparent.startswith(f"00-{trace_id}-")
    assert traceparent.endswith("-01")
    assert "00f067aa0ba902b7" not in traceparent  # a new span id
    eventually(lambda: bool(site.logged("Job complete.")))
    (line,) = site.logged("Job complete.")
    assert (line["trace_id"], line["attempt"]) == (trace_id, 1)


def test_a_job_is_measured(site: Site, clip: Path) -> None:
    site.start_worker()
    site.send(job(site, clip, "measured"))
    site.final("measured")
    eventually(lambda: bool(site.logged("Job complete.")))
    (values,) = [record for record in site.logged("metrics") if "JobsCompleted" in record]
    # Both counts at each end, so that an alarm can compare them.
    assert (values["JobsCompleted"], values["JobsFailed"]) == (1, 0)
    assert values["BytesFetched"] == clip.stat().st_size
    published = [
        site.aws.client("s3").head_object(Bucket=site.bucket, Key=f"generated-videos/7/video-measured.{suffix}")
        for suffix in ("mp4", "jpg")
    ]
    assert values["BytesPublished"] == sum(head["ContentLength"] for head in published)
    assert values["CpuPerOutputSecond"] > 0
    assert values["cpu_model"]
    eventually(lambda: any(record.get("WebhookAttempts") == 1 for record in site.logged("metrics")))


def test_a_look_into_the_dead_letter_queue_keeps_no_job_waiting(site: Site) -> None:
    """As deployed, that queue's own default is a long poll: a worker that waited would take no job for 20 s."""
    sqs = site.aws.client("sqs")
    long_poll = {"ReceiveMessageWaitTimeSeconds": str(LONG_POLL_SECONDS)}
    sqs.set_queue_attributes(QueueUrl=site.dead_letter_url, Attributes=long_poll)
    queue = JobQueue(sqs, site.queue_url, lease_seconds=90)
    began = time.monotonic()
    assert list(queue.peek_dead_letters()) == []
    assert time.monotonic() - began < LONG_POLL_SECONDS
    sqs.send_message(QueueUrl=site.dead_letter_url, MessageBody="lost")
    assert [message.body for message in queue.peek_dead_letters()] == ["lost"]
