"""W3C trace context: the specification's own cases (https://www.w3.org/TR/trace-context/#traceparent-header)."""

import pytest

from worker.trace import Trace

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_trace_is_carried_on_with_a_span_of_its_own() -> None:
    trace = Trace.parse(f"00-{ID}-{SPAN}-01")
    assert trace == Trace(ID, SPAN, "01")
    first, second = trace.child(), trace.child()
    assert len({trace.span_id, first.span_id, second.span_id}) == 3
    assert (first.trace_id, first.flags) == (ID, "01")
    assert Trace.parse(first.traceparent) == first


def test_a_later_version_may_say_more() -> None:
    assert Trace.parse(f"cc-{ID}-{SPAN}-01-what-the-future-will-be-like") == Trace(ID, SPAN, "01")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "x",
        f"00-{ID}-{SPAN}",
        f"00-{ID.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"ff-{ID}-{SPAN}-01",
        f"00-{ID}-{SPAN}-01-more",
        f"00-{ID}-{SPAN}-01\r\nx: y",
    ],
)
def test_what_is_no_trace_is_ignored(value: str | None) -> None:
    assert Trace.parse(value) is None
