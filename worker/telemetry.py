"""Logs and metrics: one JSON object a line on stdout, which awslogs carries to CloudWatch.

Metrics are lines too, in CloudWatch's embedded metric format, so that the worker needs no agent and no permission to
publish them (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html).
"""

import contextlib
import contextvars
import json
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

METRICS_NAMESPACE = "HospupVideo"

METRICS: Mapping[str, str] = MappingProxyType(
    {
        "JobsCompleted": "Count",
        "JobsFailed": "Count",
        "JobsRetried": "Count",
        "QueueWait": "Seconds",
        "JobSeconds": "Seconds",
        "ClaimSeconds": "Seconds",
        "FetchSeconds": "Seconds",
        "ProbeSeconds": "Seconds",
        "RenderSeconds": "Seconds",
        "PublishSeconds": "Seconds",
        "NotifySeconds": "Seconds",
        "RenderSpeed": "None",
        "CpuPerOutputSecond": "Seconds",
        "BytesFetched": "Bytes",
        "BytesPublished": "Bytes",
        "LeasesLost": "Count",
        "DuplicatesSuppressed": "Count",
        "WebhookAttempts": "Count",
        "WebhookFailures": "Count",
        "ProtectionRefused": "Count",
        "HandedBack": "Count",
    }
)
"""Every metric that a worker emits, and its CloudWatch unit: what dashboard and alarms may name.

QueueWait: from SQS to a worker. JobSeconds: from a worker's receipt to the job's end; the stages are parts of it.
RenderSpeed: seconds of video made in a second. CpuPerOutputSecond: CPU seconds for a second of video.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html lists the units.
"""

_context: contextvars.ContextVar[Mapping[str, Any]] = contextvars.ContextVar(
    "log_context", default=MappingProxyType({})
)
_dimensions: dict[str, str] = {}
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logging(level: str, *, as_json: bool) -> None:
    """Send every log line to stdout, as JSON or (for a person at a terminal) as text."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter())
    handler.addFilter(_add_context)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("boto3", "botocore", "s3transfer", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@contextlib.contextmanager
def log_context(**fields: Any) -> Iterator[None]:
    """Put fields such as job_id on every line that this thread logs inside."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


class StageClock:
    """Measures the stages of one job, in seconds, in the order they were entered.

    `span` opens a tracing system's span for each, by its name (see `worker.spans`).
    """

    def __init__(self, span: Callable[[str], contextlib.AbstractContextManager[object]] = contextlib.nullcontext):
        self.span = span
        self.seconds: dict[str, float] = {}
        self.started = time.monotonic()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure one stage; its name stands on every line logged inside."""
        begin = time.monotonic()
        try:
            with self.span(name), log_context(stage=name):
                yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.monotonic() - begin

    @property
    def total(self) -> float:
        """Seconds since the job began."""
        return time.monotonic() - self.started


def count_for(queue_url: str) -> None:
    """From now on metrics bear the queue's name as their dimension: environments share an account, and none of them may
    be judged by another's jobs."""
    _dimensions["QueueName"] = queue_url.rpartition("/")[2]


def emit_metrics(values: Mapping[str, float], **properties: Any) -> None:
    """Write one line of metrics, by their names in `METRICS`; properties can be searched but cost nothing.

    Raises KeyError for a name that isn't in `METRICS`: nothing would show it.
    """
    metrics = [{"Name": name, "Unit": METRICS[name]} for name in values]
    logging.getLogger("metrics").info(
        "metrics",
        extra={
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {"Namespace": METRICS_NAMESPACE, "Dimensions": [[*_dimensions]], "Metrics": metrics}
                ],
            },
            **_dimensions,
            **values,
            **properties,
        },
    )


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, message, context, extras, and the exception where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A line for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        extras = {name: value for name, value in _extras(record).items() if name != "_aws"}
        shown = " ".join(f"{name}={value}" for name, value in extras.items())
        line = f"{time.strftime('%H:%M:%S', time.localtime(record.created))} {record.levelname:7} {record.getMessage()}"
        line = f"{line}  {shown}" if shown else line
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


def _add_context(record: logging.LogRecord) -> bool:
    for name, value in _context.get().items():
        if not hasattr(record, name):
            setattr(record, name, value)
    return True
