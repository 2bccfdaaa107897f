"""A job's span: what it carries on where nobody is told, and that no message can make telling fail."""

from collections.abc import Iterator

import pytest

from tests.worker.collector import Collector, attributes, collecting
from worker.otlp import OtlpSpans
from worker.queue import Message
from worker.spans import Spans
from worker.task import LeaveInQueueError
from worker.trace import Trace

TRACE, SENDER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def message(body: str = "{}", traceparent: str = f"00-{TRACE}-{SENDER}-01") -> Message:
    return Message("id", body, "handle", {"traceparent": traceparent}, receives=1, waited_seconds=0.5)


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.endpoint)
        yield running


def test_without_a_collector_each_request_gets_a_span_of_its_own() -> None:
    with Spans().job(message()) as span:
        first, second = span.trace, span.trace
    assert isinstance(first, Trace)
    assert isinstance(second, Trace)
    assert {first.trace_id, second.trace_id} == {TRACE}
    assert len({SENDER, first.span_id, second.span_id}) == 3


def test_without_a_collector_and_a_trace_there_is_none() -> None:
    with Spans().job(message(traceparent="nonsense")) as span:
        assert span.trace is None


def test_a_request_belongs_to_the_innermost_stage(collector: Collector) -> None:
    spans = OtlpSpans("jobs", "worker")
    with spans.job(message()) as span:
        assert span.trace is not None
        outer = span.trace.span_id
        with span.stage("render"), span.stage("encode"):
            assert span.trace is not None
            inner = span.trace.span_id
    spans.close()
    found = {each.name: each for each in collector.spans()}
    assert (found["process jobs"].span_id.hex(), found["encode"].span_id.hex()) == (outer, inner)
    assert found["encode"].parent_span_id == found["render"].span_id


def test_a_message_of_half_a_character_is_told_as_well(collector: Collector) -> None:
    spans = OtlpSpans("jobs", "worker")
    with spans.job(message('{"job_id": "\ud800"}')) as span:
        span.note({"hospup.job.id": "a"})
    spans.close()
    assert attributes(collector.job("a"))["messaging.message.body.size"] == 17


@pytest.mark.parametrize(("error", "kind"), [(LeaveInQueueError(5), None), (KeyError("x"), "KeyError")])
def test_a_job_that_is_left_says_so(collector: Collector, error: Exception, kind: str | None) -> None:
    spans = OtlpSpans("jobs", "worker")

    def leave() -> None:
        with spans.job(message()) as span:
            span.note({"hospup.job.id": "a"})
            raise error

    with pytest.raises(type(error)):
        leave()
    spans.close()
    found = attributes(collector.job("a"))
    assert (found["hospup.job.outcome"], found.get("error.type")) == ("left", kind)
