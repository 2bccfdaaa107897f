"""The workers' log lines, formatted for people.

A worker writes one JSON object per line (worker/telemetry/logs.py), measurements in CloudWatch's embedded metric format
(worker/telemetry/metrics.py). A line that isn't JSON, such as a crash before logging was set up, is shown as it is.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.console.output import clean

_SHOWN_FIRST = ("time", "level", "message", "job_id", "video_id", "trace_id", "exception")
_ERRORS = frozenset({"WARNING", "ERROR", "CRITICAL"})
_STYLES = {"WARNING": "yellow", "ERROR": "red", "CRITICAL": "red", "DEBUG": "dim"}


@dataclass(frozen=True)
class LogLine:
    """One event of CloudWatch Logs; `time` is Unix seconds, `fields` is None where the line is no JSON object."""

    event_id: str
    time: float
    stream: str
    text: str
    fields: Mapping[str, Any] | None

    @property
    def is_metric(self) -> bool:
        """Whether it is a measurement for CloudWatch (EMF), not a message."""
        return self.fields is not None and "_aws" in self.fields

    @property
    def is_error(self) -> bool:
        """Whether it reports that something went wrong: a warning, an error, a failed job, or Python's traceback."""
        if self.fields is None:
            return "Traceback" in self.text or "Error" in self.text or self.text.startswith("worker:")
        return self.fields.get("level") in _ERRORS or "error_code" in self.fields

    def is_of(self, job_id: str) -> bool:
        """Whether it is about this job."""
        return job_id in self.text if self.fields is None else str(self.fields.get("job_id", "")) == job_id

    def is_by(self, worker: str) -> bool:
        """Whether this worker wrote it, named by its task's id or the first characters of that, or as in the ledger,
        where more follows the id."""
        return self._task.startswith(worker) or worker.startswith(f"{self._task}-")

    @property
    def style(self) -> str:
        """The rich style by its level."""
        fields = self.fields or {}
        level = "ERROR" if "error_code" in fields or (not fields and self.is_error) else str(fields.get("level", ""))
        return _STYLES.get(level, "")

    @property
    def worker(self) -> str:
        """The worker that wrote it, as `workers --list` prints it."""
        return self._task[:12]

    @property
    def _task(self) -> str:
        """The task's id, by which ECS names the stream."""
        return self.stream.rpartition("/")[2]

    def readable(self, *, with_date: bool, with_job: bool) -> str:
        """One line such as `19:40:12 INFO    Job started.  job=... worker=...` in UTC, and any exception below it.

        A measurement has one line per metric: `19:40:12 METRIC  RenderSeconds 12.3 Seconds  QueueName=... job=...`.
        """
        moment = time.strftime("%Y-%m-%d %H:%M:%S" if with_date else "%H:%M:%S", time.gmtime(self.time))
        if self.fields is None:
            return f"{moment} {'-':7} {clean(self.text)}  worker={clean(self.worker)}"
        metrics = dict(_metrics(self.fields))
        hidden = {*_SHOWN_FIRST, *metrics, "_aws"}
        rest = {name: value for name, value in self.fields.items() if name not in hidden}
        if with_job and "job_id" in self.fields:
            rest = {"job": self.fields["job_id"], **rest}
        rest["worker"] = self.worker
        message = clean(self.fields.get("message", ""))
        details = " ".join(f"{clean(name)}={_value(value)}" for name, value in rest.items())
        if metrics:
            return "\n".join(
                f"{moment} {'METRIC':7} {clean(name)} {value}  {details}" for name, value in metrics.items()
            )
        line = f"{moment} {clean(self.fields.get('level', '-')):7} {message}  {details}"
        exception = str(self.fields.get("exception", ""))
        below = [f"    {' ' * (len(row) - len(row.lstrip()))}{clean(row)}" for row in exception.splitlines()]
        return "\n".join([line, *below])


def read_line(event: Mapping[str, Any]) -> LogLine:
    """Parse an event of CloudWatch's FilterLogEvents."""
    text = str(event.get("message", "")).rstrip("\n")
    return LogLine(
        event_id=str(event.get("eventId", "")),
        time=event["timestamp"] / 1000,
        stream=str(event.get("logStreamName", "")),
        text=text,
        fields=_fields(text),
    )


def _fields(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _metrics(fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The metrics of a line in the embedded metric format: name, and value with unit.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    aws = fields.get("_aws")
    for directive in aws.get("CloudWatchMetrics", []) if isinstance(aws, dict) else []:
        for metric in directive["Metrics"]:
            unit = metric.get("Unit", "None")
            value = _value(fields.get(metric["Name"], "missing"))
            yield metric["Name"], value if unit == "None" else f"{value} {clean(unit)}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{clean(name)}:{_value(inner)}" for name, inner in value.items())
    return clean(json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value)
