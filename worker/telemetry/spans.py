"""Spans of a job and its stages, for a tracing system.

Without a collector these no-op spans are used, and OpenTelemetry is not loaded; otlp.py exports spans by OTLP.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

from worker.telemetry.trace_context import TraceContext

Attributes = Mapping[str, str | int | float]


class JobSpan:
    """No-op job span: propagates the sender's trace context and records nothing."""

    def __init__(self, parent: TraceContext | None = None) -> None:
        self._parent = parent

    @property
    def trace_context(self) -> TraceContext | None:
        """The trace context for an outgoing request made now, with the span that the request belongs to."""
        return self._parent.child() if self._parent else None

    @property
    def traceparent(self) -> str | None:
        """The `traceparent` header of an outgoing request made now; None without a trace."""
        context = self.trace_context
        return context.traceparent if context else None

    def stage(self, name: str) -> AbstractContextManager[object]:
        """A child span, open until the context is left; a stage within a stage is its child."""
        return nullcontext(name)

    def set_attributes(self, attributes: Attributes) -> None:
        """Add attributes to the job's span. Neither secrets nor URLs: media URLs may be signed."""

    def set_outcome(self, outcome: str, error: str | None = None) -> None:
        """Record how the job ended: `complete`, `failed`, `cancelled`, `retried`, `handed_back`, `duplicate` or `left`
        in the queue.

        `error` is the error's code or class, and marks the span as failed.
        """


class Spans:
    """Opens the no-op span of each job."""

    @contextmanager
    def job(self, traceparent: str | None, attributes: Attributes) -> Iterator[JobSpan]:  # noqa: ARG002
        """The span of a job, open until the context is left.

        Params:
            traceparent: the sender's trace context, whose span is the parent.
            attributes: what is known of the message.
        """
        yield JobSpan(TraceContext.parse(traceparent))

    def close(self) -> None:
        """Export the remaining spans, within seconds. Raises nothing."""
