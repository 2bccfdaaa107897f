"""W3C trace context: the specification's own cases (https://www.w3.org/TR/trace-context/#traceparent-header)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.telemetry.trace_context import TraceContext

ID, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_trace_is_carried_on_with_a_span_of_its_own() -> None:
    trace = TraceContext.parse(f"00-{ID}-{SPAN}-01")
    assert trace == TraceContext(ID, SPAN, "01")
    first, second = trace.child(), trace.child()
    assert len({trace.span_id, first.span_id, second.span_id}) == 3
    assert (first.trace_id, first.flags) == (ID, "01")
    assert TraceContext.parse(first.traceparent) == first


def test_a_later_version_may_say_more() -> None:
    assert TraceContext.parse(f"cc-{ID}-{SPAN}-01-what-the-future-will-be-like") == TraceContext(ID, SPAN, "01")


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
        f"00-{ID}-{SPAN}-01\n",
        f"cc-{ID}-{SPAN}-01-more\n",
        f"00-{ID[:-1]}٣-{SPAN}-01",
    ],
)
def test_what_is_no_trace_is_ignored(value: str | None) -> None:
    assert TraceContext.parse(value) is None


VALID = st.text(max_size=3).map(f"00-{ID}-{SPAN}-01".__add__)


@settings(max_examples=150, derandomize=True, database=None, deadline=None)
@given(
    st.lists(st.sampled_from(["00", "01", "cc", "ff", ID, SPAN, "0" * 16, "-", "\n", "٣", "\ud800"])).map("".join)
    | VALID
)
def test_any_text_is_a_trace_or_ignored(value: str) -> None:
    trace = TraceContext.parse(value)
    if trace is not None:
        assert TraceContext.parse(trace.traceparent) == trace
        assert trace.traceparent.isascii()
        assert trace.traceparent.isprintable()
