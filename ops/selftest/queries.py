"""The job's log line, its metric, and a question to CloudWatch that only an account can answer."""

import datetime
import os
import time
from typing import Any

from ops.aws.log_lines import LogLine, read_line
from ops.checks.result import Level
from ops.console.output import duration
from ops.selftest.result import Found, poll
from ops.selftest.trial import Trial

LOG_SECONDS = 60.0
"""Longest wait for a log line, in seconds: awslogs sends every 5 s, and CloudWatch indexes within some seconds."""
METRIC_SECONDS = 300.0
"""Longest wait for a metric, in seconds: CloudWatch extracts it from the line, and shows it a minute or two later."""
_NAMESPACE = "HospupVideo"
_COMPLETED = "JobsCompleted"
_NEVER = "SelfTestNever"
"""A metric that no worker publishes."""
_LAST_LINE = "Job complete."
_PERIOD = 60


def logged(trial: Trial) -> Found:
    """Wait for the worker's last line about the job."""
    logs = trial.context.session.client("logs")

    def line() -> LogLine | None:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=trial.log_group, startTime=_since(trial) * 1000, filterPattern=f'"{trial.job_id}"'
        )
        lines = [read_line(event) for page in pages for event in page["events"]]
        return next((each for each in lines if each.fields and each.fields.get("message") == _LAST_LINE), None)

    limit = min(LOG_SECONDS, trial.seconds)
    found = poll(line, until=time.monotonic() + limit)
    if found is None:
        what = f"{trial.log_group} has no line {_LAST_LINE!r} of the job within {duration(limit)}"
        return Found(what, Level.FAIL, "The execution role must be allowed to write there, and log_level be INFO.")
    total = (found.fields or {}).get("total")
    return Found(f"{_LAST_LINE!r}, {total} s of work, in {found.stream or 'a stream'}")


def measured(trial: Trial) -> Found:
    """Wait until CloudWatch has counted the job."""

    def count() -> float | None:
        values = _values(trial, {"Id": "completed", **_metric(trial, _COMPLETED)})["completed"]
        return sum(values) or None

    limit = min(METRIC_SECONDS, trial.seconds)
    found = poll(count, until=time.monotonic() + limit, every=2.0)
    name = f"{_NAMESPACE} {_COMPLETED}, QueueName {trial.queue}"
    if found is None:
        what = f"{name} has no datapoint within {duration(limit)}: alarms and dashboard see no job"
        return Found(what, Level.FAIL, "Look for lines with _aws: hospup-video logs --metrics.")
    return Found(f"{name}: {found:g}")


def filled(trial: Trial) -> Found:
    """Ask what FILL makes of a metric that never had a datapoint, which AWS's documentation leaves open.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

    The answer is information: no alarm may depend on it.
    """
    never = {"Id": "never", "ReturnData": False, **_metric(trial, _NEVER)}
    seen = {"Id": "seen", "ReturnData": False, **_metric(trial, _COMPLETED)}
    answers = _values(
        trial,
        never,
        seen,
        {"Id": "alone", "Expression": "FILL(never, 0)"},
        {"Id": "beside", "Expression": "IF(FILL(never, -1) < 0, seen, 0)"},
    )
    said = ", ".join(
        f"{name}: {f'data ({answers[key][-1]:g})' if answers.get(key) else 'no data'}"
        for name, key in (("FILL(never, 0)", "alone"), ("beside a metric with data", "beside"))
    )
    is_aws = not os.environ.get("AWS_ENDPOINT_URL")
    whose = "" if is_aws else " (answered by an embedded AWS or a proxy: that says nothing of AWS)"
    return Found(f"of a metric without any datapoint, {said}{whose}")


def _since(trial: Trial) -> int:
    """A minute before the self-test began, in whole minutes of Unix time: clocks differ."""
    return int(trial.began) // _PERIOD * _PERIOD - _PERIOD


def _metric(trial: Trial, name: str) -> dict[str, Any]:
    dimensions = [{"Name": "QueueName", "Value": trial.queue}]
    metric = {"Namespace": _NAMESPACE, "MetricName": name, "Dimensions": dimensions}
    return {"MetricStat": {"Metric": metric, "Period": _PERIOD, "Stat": "Sum"}}


def _values(trial: Trial, *queries: Any) -> dict[str, list[float]]:
    """The values of each query by its id."""
    answer = trial.context.session.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=datetime.datetime.fromtimestamp(_since(trial), datetime.UTC),
        EndTime=datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=_PERIOD),
        ScanBy="TimestampAscending",
    )
    return {result["Id"]: list(result["Values"]) for result in answer["MetricDataResults"]}
