"""Spans by OpenTelemetry's protocol (OTLP over HTTP), to the collector that the standard variables name.

Loaded only where one is named: it takes 0.07 s and 7 MB. The SDK reads `OTEL_*` itself: endpoint, headers, certificate,
sampler, resource. https://opentelemetry.io/docs/specs/otel/protocol/exporter/

A job never waits for the collector. Spans go into a queue of 2,048, from which a thread sends them every five seconds;
whatever the collector doesn't take within ten is dropped, and the log says so, once a minute.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    get_current_span,
    set_span_in_context,
)

from worker.job import PermanentError
from worker.queue import Message
from worker.spans import Attributes, JobSpan, Spans
from worker.task import LeaveInQueueError
from worker.trace import Trace

DEFAULT_SERVICE = "hospup-ffmpeg-worker"
"""`service.name` where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES gives one."""

FLUSH_SECONDS = 3.0
"""For the last spans when the worker goes down: of the 20 s that a shutdown leaves beside the render's 100."""

COMPLAINT_SECONDS = 60.0
"""From one line of the log about a collector that fails to the next: fifty workers would fill it."""

logger = logging.getLogger(__name__)


class OtlpSpans(Spans):
    """Opens the span of each job, and sends them to a collector.

    Params:
        queue: the job queue's name.
        owner: this worker's name, unlike any other's.

    Raises ValueError where a variable of OpenTelemetry's is malformed.
    """

    def __init__(self, queue: str, owner: str) -> None:
        logging.getLogger(OTLPSpanExporter.__module__).addFilter(_Seldom())
        # Not at the interpreter's end: `close` is called, and waits no longer than it should.
        self._provider = TracerProvider(resource=_resource(owner), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("hospup-video.worker")
        self._queue = queue

    @contextmanager
    def job(self, message: Message) -> Iterator[JobSpan]:
        """A span of kind CONSUMER, by the conventions for messaging.
        https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
        """
        with self._tracer.start_as_current_span(
            f"process {self._queue}",
            context=_remote(Trace.parse(message.attributes.get("traceparent"))),
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.system": "aws_sqs",
                "messaging.destination.name": self._queue,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.message.id": message.message_id,
                "messaging.message.body.size": len(message.body.encode(errors="surrogatepass")),
                "hospup.message.receives": message.receives,
                "hospup.message.waited_seconds": round(message.waited_seconds, 3),
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            job = _OtlpJobSpan(self._tracer, span)
            try:
                yield job
            except Exception as error:
                job.leave(error)
                raise

    def close(self) -> None:
        """Send what is left, for `FLUSH_SECONDS` at most."""
        closing = threading.Thread(target=self._provider.shutdown, name="flush-spans", daemon=True)
        closing.start()
        closing.join(FLUSH_SECONDS)
        if closing.is_alive():
            logger.warning("The last spans were not delivered: the collector took too long.")


class _OtlpJobSpan(JobSpan):
    """A job's span, recorded unless the sender or the sampler decided against it."""

    def __init__(self, tracer: Tracer, span: Span) -> None:
        super().__init__()
        self._tracer = tracer
        self._span = span
        self._has_ended = False

    @property
    def trace(self) -> Trace:
        current = get_current_span().get_span_context()  # a stage's; none on another thread
        context = current if current.is_valid else self._span.get_span_context()
        return Trace(f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{context.trace_flags:02x}")

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        # A receiver that traces too shows the webhook as caused by this span: kind CLIENT.
        kind = SpanKind.CLIENT if name == "notify" else SpanKind.INTERNAL
        with self._tracer.start_as_current_span(
            name, kind=kind, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _fail(span, _kind(error))
                raise

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def end_as(self, outcome: str, error: str | None = None) -> None:
        self._has_ended = True
        self._span.set_attribute("hospup.job.outcome", outcome)
        if error is not None:
            _fail(self._span, error)

    def leave(self, error: Exception) -> None:
        """The job's handling was left by an exception; unless it was said how it ended, that is all one knows."""
        if not self._has_ended:
            self.end_as("left", None if isinstance(error, LeaveInQueueError) else _kind(error))


class _Seldom(logging.Filter):
    """Lets one line pass in `COMPLAINT_SECONDS`."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + COMPLAINT_SECONDS
        return super().filter(record)


def _resource(owner: str) -> Resource:
    """Who tells: the standard variables' words first."""
    named = Resource.create({SERVICE_INSTANCE_ID: owner})
    if str(named.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return named.merge(Resource({SERVICE_NAME: DEFAULT_SERVICE}))
    return named


def _remote(parent: Trace | None) -> Context:
    """A context in which the sender's span is the parent; without one, a trace of its own begins."""
    if parent is None:
        return Context()
    context = SpanContext(
        int(parent.trace_id, 16), int(parent.span_id, 16), is_remote=True, trace_flags=TraceFlags(int(parent.flags, 16))
    )
    return set_span_in_context(NonRecordingSpan(context), Context())


def _kind(error: Exception) -> str:
    """An error's code, or its class; never its message, which may quote a signed URL."""
    return str(error.code) if isinstance(error, PermanentError) else type(error).__name__


def _fail(span: Span, kind: str) -> None:
    """https://opentelemetry.io/docs/specs/semconv/general/recording-errors/"""
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", kind)
