"""Spans: what a tracing system is told of a job and its stages.

Where none is named, nobody is told and nothing more is loaded; worker/otlp.py tells one by OpenTelemetry's protocol.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

from worker.trace import Trace

if TYPE_CHECKING:
    from worker.queue import Message

Attributes = Mapping[str, str | int | float]


class JobSpan:
    """The span of one job. This one is told to nobody: it only carries the sender's `trace` on, where there is one."""

    def __init__(self, trace: Trace | None = None) -> None:
        self._trace = trace

    @property
    def trace(self) -> Trace | None:
        """For a request that is made now: the trace, and the span that the request belongs to."""
        return self._trace.child() if self._trace else None

    def stage(self, name: str) -> AbstractContextManager[object]:
        """A part of the job, until the context is left; within another part, a part of that."""
        return nullcontext(name)

    def note(self, attributes: Attributes) -> None:
        """Add what has become known of the job. Neither secrets nor URLs: those of media may be signed."""

    def end_as(self, outcome: str, error: str | None = None) -> None:
        """How the job ended here: `complete`, `failed`, `retried`, `handed_back`, `duplicate` or `left` in the queue.

        `error` is the error's code or class, and marks the span as failed.
        """


class Spans:
    """Opens the span of each job. These are told to nobody."""

    @contextmanager
    def job(self, message: "Message") -> Iterator[JobSpan]:
        """The span of a job, until the context is left; its parent is the span that the message names."""
        yield JobSpan(Trace.parse(message.attributes.get("traceparent")))

    def close(self) -> None:
        """Tell what hasn't been told yet, briefly. Raises nothing."""
