"""CloudWatch metrics as log lines in the embedded metric format (EMF).

CloudWatch extracts them from the log, so the worker needs no agent and no permission to publish metrics.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from worker import clock

METRICS_NAMESPACE = "HospupVideo"

METRICS: Mapping[str, str] = MappingProxyType(
    {
        "JobsCompleted": "Count",
        "JobsFailed": "Count",
        "JobsCancelled": "Count",
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
        "EndsNotNotified": "Count",
        "ProtectionRefused": "Count",
        "HandedBack": "Count",
        "OutageSeconds": "Seconds",
        "UnexpectedErrors": "Count",
        "PeakJobs": "Count",
        "Paused": "Count",
        "HelpedJobs": "Count",
        "PartsRendered": "Count",
        "PartsTakenBack": "Count",
        "SecondsSaved": "Seconds",
        "HelpFailed": "Count",
    }
)
"""Every metric that a worker emits, and its CloudWatch unit: the metrics that dashboard and alarms may name.

JobsCompleted and JobsFailed: one of them is 1 and the other 0 at each job's end, because an alarm compares them and a
metric that has never had a value can't be compared. JobsCancelled: jobs that an operator ended, which are neither.
QueueWait: from SQS to a worker. JobSeconds: from a worker's receive to the job's end, of which the stages are parts.
RenderSpeed: seconds of video per second of rendering. CpuPerOutputSecond: CPU seconds per second of video.
EndsNotNotified: jobs that ended without a receiver. OutageSeconds: how long a call waited until AWS answered.
UnexpectedErrors: errors that point to a flaw of the worker.
HelpedJobs: jobs of which other workers have rendered parts, SecondsSaved: how much sooner each was done, as estimated;
PartsRendered: parts that helpers have rendered, PartsTakenBack: those that a coordinator took back, HelpFailed: jobs
whose parts didn't make the video, and that were rendered whole.
PeakJobs: see `worker.telemetry.peak_jobs`. Paused: 1 from each worker while an operator pauses the fleet, else nothing.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html lists the units.
"""

_HIGH_RESOLUTION = frozenset({"PeakJobs"})
"""Metrics that CloudWatch stores per second instead of per minute."""

_dimensions: dict[str, str] = {}

_metrics = logging.getLogger("metrics")
_metrics.setLevel(logging.INFO)  # independent of LOG_LEVEL: alarms and scaling must not depend on it


def set_queue_dimension(queue_url: str) -> None:
    """Give all later metrics the queue's name as their dimension, because several environments share one account."""
    _dimensions["QueueName"] = queue_url.rpartition("/")[2]


def emit_metrics(values: Mapping[str, float], **properties: Any) -> None:
    """Write one line of metrics, by their names in `METRICS`, whatever LOG_LEVEL is.

    Properties can be searched but cost nothing.

    Raises KeyError for a name that isn't in `METRICS`: neither dashboard nor alarm would show it.
    """
    _metrics.info("metrics", extra=_embedded(values, properties))


def _embedded(values: Mapping[str, float], properties: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a log line in the embedded metric format."""
    directive = {
        "Namespace": METRICS_NAMESPACE,
        "Dimensions": [[*_dimensions]],
        "Metrics": [
            {"Name": name, "Unit": METRICS[name]} | ({"StorageResolution": 1} if name in _HIGH_RESOLUTION else {})
            for name in values
        ],
    }
    aws = {"Timestamp": int(clock.now() * 1000), "CloudWatchMetrics": [directive]}
    return {"_aws": aws, **_dimensions, **values, **properties}
