"""From a message to the spans that a collector decodes; and a collector that is slow, wrong or away harms no job."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from embedded.workers import WorkerProcess
from tests.waiting import eventually
from tests.worker.collector import Collector, attributes, collecting, seconds
from tests.worker.conftest import Site

TRACE, SENDER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


def job(site: Site, clip: Path, name: str, **more: Any) -> dict[str, Any]:
    source = site.put("videos/clip.mp4", clip)
    clips = [{"source": source, "duration": 1.0}]
    return {"version": 1, "job_id": name, "video_id": f"video-{name}", "property_id": "7", "clips": clips, **more}


def traced(site: Site, collector: Collector, **more: str) -> WorkerProcess:
    settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    return site.start_worker(**settings | more)


def test_a_job_is_a_span_and_so_is_each_stage(site: Site, clip: Path, collector: Collector) -> None:
    traced(site, collector)
    site.send(job(site, clip, "whole", webhook={"progress": True}), traceparent=f"00-{TRACE}-{SENDER}-01")
    traceparent = site.final("whole").headers["traceparent"]
    span = collector.job("whole")
    assert (span.name, span.kind) == (f"process {site.bucket}", Span.SPAN_KIND_CONSUMER)
    assert (span.trace_id.hex(), span.parent_span_id.hex()) == (TRACE, SENDER)
    assert span.status.code == Status.STATUS_CODE_UNSET
    found = attributes(span)
    assert {name: found[name] for name in found if name.startswith("messaging.")} == {
        "messaging.system": "aws_sqs",
        "messaging.destination.name": site.bucket,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.id": found["messaging.message.id"],
        "messaging.message.body.size": found["messaging.message.body.size"],
    }
    assert (found["hospup.job.id"], found["hospup.video.id"]) == ("whole", "video-whole")
    assert (found["hospup.job.attempt"], found["hospup.job.outcome"]) == (1, "complete")
    assert found["hospup.output.seconds"] == pytest.approx(1.0, abs=1 / 30)
    assert found["hospup.input.bytes"] == clip.stat().st_size
    assert (found["hospup.webhook.outcome"], found["hospup.webhook.attempts"]) == ("delivered", 1)
    assert "error.type" not in found

    stages = collector.children(span)
    assert list(stages) == ["claim", "fetch", "render", "publish", "notify"]
    assert {stage.trace_id.hex() for stage in stages.values()} == {TRACE}
    assert sum(map(seconds, stages.values())) <= seconds(span)
    assert {"probe", "paint", "encode"} <= set(collector.children(stages["render"]))
    assert traceparent == f"00-{TRACE}-{stages['notify'].span_id.hex()}-01"
    progress = next(each for each in site.receiver.requests() if each.json()["status"] == "PROGRESSING")
    assert progress.headers["traceparent"].split("-")[2] in {part.span_id.hex() for part in collector.spans()}
    eventually(lambda: bool(site.logged("Job complete.")))
    assert site.logged("Job complete.")[0]["trace_id"] == TRACE


def test_the_standard_variables_name_the_service_and_the_key(site: Site, clip: Path, collector: Collector) -> None:
    worker = traced(
        site,
        collector,
        OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20a-secret-key",
        OTEL_SERVICE_NAME="videos",
        OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=staging",
    )
    site.send(job(site, clip, "named"))
    collector.job("named")
    path, headers, _ = collector.requests[0]
    assert (path, headers["authorization"]) == ("/v1/traces", "Bearer a-secret-key")
    who = attributes(collector.exports()[0].resource)
    assert (who["service.name"], who["deployment.environment.name"]) == ("videos", "staging")
    (started,) = site.logged("Worker started.")
    assert who["service.instance.id"] == started["owner"]
    worker.stop()
    assert "a-secret-key" not in worker.log.read_text(encoding="utf-8")


def test_a_job_without_a_sender_s_trace_begins_one(site: Site, clip: Path, collector: Collector) -> None:
    traced(site, collector)
    site.send(job(site, clip, "root"))
    traceparent = site.final("root").headers["traceparent"].split("-")
    span = collector.job("root")
    assert span.parent_span_id == b""
    assert traceparent[1] == span.trace_id.hex()
    assert attributes(collector.exports()[0].resource)["service.name"] == "hospup-ffmpeg-worker"
    (line,) = site.logged("Job complete.")
    assert line["trace_id"] == span.trace_id.hex()


def test_what_the_sender_does_not_record_is_not_exported(site: Site, clip: Path, collector: Collector) -> None:
    traced(site, collector)
    site.send(job(site, clip, "unrecorded"), traceparent=f"00-{TRACE}-{SENDER}-00")
    traceparent = site.final("unrecorded").headers["traceparent"]
    assert traceparent.startswith(f"00-{TRACE}-")
    assert traceparent.endswith("-00")
    site.send(job(site, clip, "recorded"))
    collector.job("recorded")
    assert TRACE not in {span.trace_id.hex() for span in collector.spans()}


def test_a_failed_job_says_why_and_quotes_nothing(site: Site, clip: Path, collector: Collector) -> None:
    worker = traced(site, collector)
    broken = {"source": f"s3://{site.bucket}/videos/gone.mp4?X-Amz-Signature=signed", "duration": 1.0}
    site.send(job(site, clip, "broken", clips=[broken]))
    body = site.final("broken").json()
    span = collector.job("broken")
    found = attributes(span)
    assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "")
    assert (found["hospup.job.outcome"], found["error.type"]) == ("failed", body["error_code"])
    worker.stop()
    sent = b"".join(body for _, _, body in collector.requests)
    for secret in (b"X-Amz", b"videos/gone", site.secret.encode(), b"http://", b"s3://"):
        assert secret not in sent


def test_a_job_tried_again_has_a_span_for_each_try(site: Site, clip: Path, collector: Collector) -> None:
    traced(site, collector)
    message = job(site, clip, "twice")
    site.send(message)
    site.final("twice")
    assert attributes(collector.job("twice"))["hospup.job.outcome"] == "complete"
    site.send(message)
    eventually(lambda: len(collector.spans("process ")) == 2)
    assert sorted(attributes(span)["hospup.job.outcome"] for span in collector.spans("process ")) == [
        "complete",
        "duplicate",
    ]


def test_the_remaining_spans_are_exported_at_shutdown(site: Site, clip: Path, collector: Collector) -> None:
    worker = traced(site, collector, OTEL_BSP_SCHEDULE_DELAY="600000")
    site.send(job(site, clip, "last"))
    site.final("last")
    eventually(lambda: site.depth(site.queue_url) == (0, 0))
    assert not collector.requests
    worker.stop()
    assert attributes(collector.job("last"))["hospup.job.outcome"] == "complete"


@pytest.mark.parametrize("answer", [{"hangs": True}, {"status": 500}, {"status": 401}])
def test_a_collector_that_fails_harms_nothing(site: Site, clip: Path, answer: dict[str, Any]) -> None:
    with collecting(**answer) as collector:
        worker = traced(site, collector)
        for number in range(3):
            site.send(job(site, clip, f"job-{number}"))
        for number in range(3):
            assert site.final(f"job-{number}").json()["status"] == "COMPLETE"
        eventually(lambda: site.depth(site.queue_url) == (0, 0))
        assert site.depth(site.dead_letter_url) == (0, 0)
        assert collector.requests, "it was asked"
        ends_in_time(worker)
        messages = [line["message"] for line in worker.records()]
        complaints = [message for message in messages if message.startswith("Failed to export")]
        assert complaints or "The last spans were not delivered: the collector took too long." in messages
        assert len(complaints) <= 1


def test_a_collector_that_is_not_there_harms_nothing(site: Site, clip: Path) -> None:
    with socket.socket() as reserved:  # bound, and nobody listens
        reserved.bind(("127.0.0.1", 0))
        worker = site.start_worker(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=f"http://127.0.0.1:{reserved.getsockname()[1]}")
        site.send(job(site, clip, "alone"))
        assert site.final("alone").json()["status"] == "COMPLETE"
        eventually(lambda: site.depth(site.queue_url) == (0, 0))
        ends_in_time(worker)


def ends_in_time(worker: WorkerProcess) -> None:
    """By itself, in what is left of ECS' 120 s after the 100 for a render."""
    worker.stop(grace=20)
    assert worker.wait(0) == 0, "it was killed"
    assert "Worker stopped." in worker.log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("more", "is_loaded"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "videos"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}, True),
    ],
)
def test_nothing_is_loaded_where_no_collector_is_named(site: Site, more: dict[str, str], is_loaded: bool) -> None:
    worker = site.start_interpreter(PYTHONPROFILEIMPORTTIME="1", **more)
    eventually(lambda: bool(site.logged("Worker started.")))
    loaded = worker.log.read_text(encoding="utf-8")
    assert "worker.consumer.handler" in loaded
    assert ("opentelemetry" in loaded) is is_loaded
