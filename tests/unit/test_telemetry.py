"""Metrics as CloudWatch extracts them from a log line."""

import json
import logging

import pytest

from worker.telemetry.logs import JsonFormatter
from worker.telemetry.metrics import METRICS, METRICS_NAMESPACE, emit_metrics

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html, those that we use
UNITS = {"Count", "Seconds", "Bytes", "None"}


def test_a_line_of_metrics_is_in_the_embedded_metric_format(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="metrics"):
        emit_metrics({"JobsFailed": 1, "QueueWait": 2.5}, error_code="MEDIA_NOT_FOUND")
    (record,) = caplog.records
    line = json.loads(JsonFormatter().format(record))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": METRICS_NAMESPACE,
        "Dimensions": [[]],
        "Metrics": [{"Name": "JobsFailed", "Unit": "Count"}, {"Name": "QueueWait", "Unit": "Seconds"}],
    }
    assert (line["JobsFailed"], line["QueueWait"], line["error_code"]) == (1, 2.5, "MEDIA_NOT_FOUND")
    assert isinstance(line["_aws"]["Timestamp"], int)


def test_a_metric_that_nothing_shows_is_refused() -> None:
    with pytest.raises(KeyError, match="JobsDone"):
        emit_metrics({"JobsDone": 1})


def test_every_unit_is_one_of_cloudwatchs() -> None:
    assert set(METRICS.values()) <= UNITS
