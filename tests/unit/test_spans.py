"""A job's span: trace context without a collector, and export with one whatever the message holds."""

from collections.abc import Iterator
from contextlib import AbstractContextManager

import pytest

from tests.worker.collector import Collector, attributes, collecting
from worker.aws.queue import Message
from worker.consumer.job_report import message_attributes
from worker.errors import RetryLaterError
from worker.telemetry.otlp import OtlpSpans
from worker.telemetry.spans import JobSpan, Spans
from worker.telemetry.trace_context import TraceContext

pytestmark = pytest.mark.slow

TRACE, SENDER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def message(body: str = "{}", traceparent: str = f"00-{TRACE}-{SENDER}-01") -> Message:
    return Message("id", body, "handle", {"traceparent": traceparent}, receives=1, waited_seconds=0.5)


def open_span(spans: Spans, received: Message) -> AbstractContextManager[JobSpan]:
    return spans.job(received.attributes.get("traceparent"), message_attributes(received))


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.endpoint)
        yield running


def test_without_a_collector_each_request_gets_a_span_of_its_own() -> None:
    with open_span(Spans(), message()) as span:
        first, second = span.trace_context, span.trace_context
    assert isinstance(first, TraceContext)
    assert isinstance(second, TraceContext)
    assert {first.trace_id, second.trace_id} == {TRACE}
    assert len({SENDER, first.span_id, second.span_id}) == 3


def test_without_a_collector_and_a_trace_there_is_none() -> None:
    with open_span(Spans(), message(traceparent="nonsense")) as span:
        assert span.trace_context is None


def test_a_request_belongs_to_the_innermost_stage(collector: Collector) -> None:
    spans = OtlpSpans("jobs", "worker")
    with open_span(spans, message()) as span:
        assert span.trace_context is not None
        outer = span.trace_context.span_id
        with span.stage("render"), span.stage("encode"):
            assert span.trace_context is not None
            inner = span.trace_context.span_id
    spans.close()
    found = {each.name: each for each in collector.spans()}
    assert (found["process jobs"].span_id.hex(), found["encode"].span_id.hex()) == (outer, inner)
    assert found["encode"].parent_span_id == found["render"].span_id


def test_a_message_of_half_a_character_is_exported_as_well(collector: Collector) -> None:
    spans = OtlpSpans("jobs", "worker")
    with open_span(spans, message('{"job_id": "\ud800"}')) as span:
        span.set_attributes({"hospup.job.id": "a"})
    spans.close()
    assert attributes(collector.job("a"))["messaging.message.body.size"] == 17


@pytest.mark.parametrize(("error", "kind"), [(RetryLaterError(5), None), (KeyError("x"), "KeyError")])
def test_a_job_that_is_left_says_so(collector: Collector, error: Exception, kind: str | None) -> None:
    spans = OtlpSpans("jobs", "worker")

    def leave() -> None:
        with open_span(spans, message()) as span:
            span.set_attributes({"hospup.job.id": "a"})
            raise error

    with pytest.raises(type(error)):
        leave()
    spans.close()
    found = attributes(collector.job("a"))
    assert (found["hospup.job.outcome"], found.get("error.type")) == ("left", kind)
