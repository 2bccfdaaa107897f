"""Exports spans by OpenTelemetry's protocol (OTLP over HTTP), to the collector that the standard variables name.

Loaded only where a collector is named: it takes 0.07 s and 7 MB. The SDK reads `OTEL_*` itself: endpoint, headers,
certificate, sampler, resource. https://opentelemetry.io/docs/specs/otel/protocol/exporter/

A job never waits for the collector. Spans go into a queue of 2,048, from which a thread exports them every five
seconds; spans that the collector doesn't accept within ten seconds are dropped, and logged at most once per minute.
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
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from worker.errors import RetryLaterError
from worker.telemetry.spans import Attributes, JobSpan, Spans
from worker.telemetry.trace_context import TraceContext

DEFAULT_SERVICE = "hospup-ffmpeg-worker"
"""`service.name` where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES gives one."""

FLUSH_SECONDS = 3.0
"""Longest flush of the last spans at shutdown: part of the 20 s that a shutdown leaves after the render's 100."""

LOG_INTERVAL_SECONDS = 60.0
"""Shortest time between two log lines about a failing collector: fifty workers would fill the log."""

logger = logging.getLogger(__name__)


class OtlpSpans(Spans):
    """Opens the span of each job, and exports the spans to a collector.

    Params:
        queue: the job queue's name.
        owner: this worker's unique name.

    Raises ValueError where a variable of OpenTelemetry's is malformed.
    """

    def __init__(self, queue: str, owner: str) -> None:
        logging.getLogger(OTLPSpanExporter.__module__).addFilter(_RateLimit())
        # Not at the interpreter's exit: `close` is called, and limits the wait.
        self._provider = TracerProvider(resource=_resource(owner), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("hospup-video.worker")
        self._queue = queue

    @contextmanager
    def job(self, traceparent: str | None, attributes: Attributes) -> Iterator[JobSpan]:
        """A span of kind CONSUMER, by the conventions for messaging.
        https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
        """
        with self._tracer.start_as_current_span(
            f"process {self._queue}",
            context=_remote_context(TraceContext.parse(traceparent)),
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.system": "aws_sqs",
                "messaging.destination.name": self._queue,
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                **attributes,
            },
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            job = _OtlpJobSpan(self._tracer, span)
            try:
                yield job
            except Exception as error:
                job.set_left(error)
                raise

    def close(self) -> None:
        """Export the remaining spans, for `FLUSH_SECONDS` at most."""
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
        self._has_outcome = False

    @property
    def trace_context(self) -> TraceContext:
        current = get_current_span().get_span_context()  # a stage's; none on another thread
        context = current if current.is_valid else self._span.get_span_context()
        return TraceContext(f"{context.trace_id:032x}", f"{context.span_id:016x}", f"{context.trace_flags:02x}")

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
                _set_error(span, _error_type(error))
                raise

    def set_attributes(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def set_outcome(self, outcome: str, error: str | None = None) -> None:
        self._has_outcome = True
        self._span.set_attribute("hospup.job.outcome", outcome)
        if error is not None:
            _set_error(self._span, error)

    def set_left(self, error: Exception) -> None:
        """Record that an exception ended the handling, unless an outcome is recorded already."""
        if not self._has_outcome:
            self.set_outcome("left", None if isinstance(error, RetryLaterError) else _error_type(error))


class _RateLimit(logging.Filter):
    """Passes at most one line per `LOG_INTERVAL_SECONDS`."""

    def __init__(self) -> None:
        super().__init__()
        self._next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + LOG_INTERVAL_SECONDS
        return super().filter(record)


def _resource(owner: str) -> Resource:
    """The resource that all spans belong to; the standard variables take precedence."""
    named = Resource.create({SERVICE_INSTANCE_ID: owner})
    if str(named.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return named.merge(Resource({SERVICE_NAME: DEFAULT_SERVICE}))
    return named


def _remote_context(parent: TraceContext | None) -> Context:
    """A context in which the sender's span is the parent; without a sender's span, a new trace begins."""
    carrier = {"traceparent": parent.traceparent} if parent else {}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def _error_type(error: Exception) -> str:
    """An error's stable code where it has one, else its class; never its message, which may quote a signed URL."""
    code = getattr(error, "code", None)
    return str(code) if isinstance(code, str) else type(error).__name__


def _set_error(span: Span, error_type: str) -> None:
    """https://opentelemetry.io/docs/specs/semconv/general/recording-errors/"""
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", error_type)
