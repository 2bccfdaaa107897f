"""The driver's CloudWatch: it stores samples, shows periods late, and evaluates alarms."""

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self

from ops.stack.expressions import Expression, compile_expression

REPEAT_SECONDS = 60.0
"""Time between two calls of an alarm's Auto Scaling actions while it stays in ALARM, in seconds.
https://repost.aws/knowledge-center/autoscaling-policy-cloudwatch-alarm"""

FURTHER_PERIODS = 2
"""Periods that an alarm reads beyond those it needs. AWS doesn't say how many; in its example it reads 5 for 3.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""

_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {"Maximum": max, "Minimum": min, "Sum": sum}
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


class UnsupportedRuleError(ValueError):
    """The stack has something that the driver doesn't support; the message names it."""


@dataclass(frozen=True)
class Metric:
    """A metric by its full name."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def described(cls, metric: Mapping[str, Any]) -> Self:
        """A metric from CloudWatch's answer."""
        pairs = frozenset((pair["Name"], pair["Value"]) for pair in metric["Dimensions"])
        return cls(metric["Namespace"], metric["MetricName"], pairs)


class Metrics:
    """All published samples.

    Params:
        lateness: seconds from a period's end until its datapoint is shown, by namespace.
    """

    def __init__(self, lateness: Callable[[str], float]) -> None:
        self._lateness = lateness
        self._samples: dict[Metric, list[tuple[float, float]]] = defaultdict(list)

    def put(self, metric: Metric, at: float, value: float) -> None:
        """Publish a value at a time in seconds of the epoch."""
        self._samples[metric].append((at, value))

    def put_embedded(self, line: Mapping[str, Any]) -> None:
        """Publish the metrics of a log line in CloudWatch's embedded metric format; ignore any other line.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
        """
        embedded = line.get("_aws", {})
        for directive in embedded.get("CloudWatchMetrics", []):
            for names in directive["Dimensions"]:
                dimensions = frozenset((name, str(line[name])) for name in names)
                for metric in directive["Metrics"]:
                    key = Metric(directive["Namespace"], metric["Name"], dimensions)
                    self.put(key, embedded["Timestamp"] / 1000, float(line[metric["Name"]]))

    def lateness(self, metric: Metric) -> float:
        """Seconds from a period's end until its datapoint is shown."""
        return self._lateness(metric.namespace)

    def datapoint(self, metric: Metric, statistic: str, start: float, period: float) -> float:
        """The statistic of one period; nan where nothing was published in it."""
        found = [value for at, value in self._samples[metric] if start <= at < start + period]
        return _STATISTICS[statistic](found) if found else math.nan


@dataclass(frozen=True)
class _Query:
    metric: Metric
    statistic: str


class Alarm:
    """An alarm all of whose datapoints must breach, as `DescribeAlarms` describes it. Raises `UnsupportedRuleError` for
    any other.

    It is evaluated every 10 s where its period is shorter than a minute, else every minute; its periods end at the
    evaluation.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html

    Params:
        described: the entry in the answer.
        metrics: the metrics that it reads.
        first_evaluation: time of the first evaluation, in seconds of the epoch.
    """

    def __init__(self, described: Mapping[str, Any], metrics: Metrics, first_evaluation: float) -> None:
        self.name: str = described["AlarmName"]
        self.threshold = float(described["Threshold"])
        self.actions: list[str] = described["AlarmActions"]
        self.in_alarm = False
        self._metrics = metrics
        self._breaches = _BREACHES[described["ComparisonOperator"]]
        self._expression: Expression = compile_expression("m")
        self._queries: dict[str, _Query] = {}
        self._next_evaluation = first_evaluation
        self._called = -math.inf
        self._count = int(described["EvaluationPeriods"])
        needed = described.get("DatapointsToAlarm") or self._count
        # Of one datapoint, a missing one is no breach by either treatment.
        supported = {"notBreaching"} | ({"missing"} if self._count == 1 else set())
        if needed != self._count or described["TreatMissingData"] not in supported:
            raise UnsupportedRuleError(
                f"{self.name}: the driver plays alarms all of whose datapoints must breach, and missing ones don't."
            )
        self._read(described)

    def _read(self, described: Mapping[str, Any]) -> None:
        if not described["Metrics"]:
            self.period = float(described["Period"])
            self._queries["m"] = _Query(Metric.described(described), described["Statistic"])
            return
        periods = set()
        for query in described["Metrics"]:
            if query.get("ReturnData"):
                self._expression = compile_expression(query.get("Expression", query["Id"]))
            if "MetricStat" in query:
                stat = query["MetricStat"]
                periods.add(float(stat["Period"]))
                self._queries[query["Id"]] = _Query(Metric.described(stat["Metric"]), stat["Stat"])
        if len(periods) != 1:
            raise UnsupportedRuleError(f"{self.name}: its metrics have different periods.")
        (self.period,) = periods

    @property
    def interval(self) -> float:
        """Seconds between two evaluations."""
        return 10.0 if self.period < 60 else 60.0

    def evaluate(self, now: float) -> float | None:
        """Evaluate the alarm if it is due. Returns the largest datapoint if its actions are called now, else None."""
        if now < self._next_evaluation:
            return None
        self._next_evaluation += self.interval
        was_in_alarm, values = self.in_alarm, self._newest(now)
        self.in_alarm = len(values) == self._count and all(self._breaches(value, self.threshold) for value in values)
        if not self.in_alarm or (was_in_alarm and now - self._called < REPEAT_SECONDS):
            return None
        self._called = now
        return max(values)

    def _newest(self, now: float) -> list[float]:
        """The newest datapoints that are shown and not too old, as many as the alarm needs if there are."""
        lateness = max(self._metrics.lateness(query.metric) for query in self._queries.values())
        end = math.floor((now - lateness) / self.interval) * self.interval
        read = range(1, self._count + FURTHER_PERIODS + 1)
        values = (self._calculated(end - back * self.period) for back in read)
        return list(islice((value for value in values if not math.isnan(value)), self._count))

    def _calculated(self, start: float) -> float:
        values = {
            name: self._metrics.datapoint(query.metric, query.statistic, start, self.period)
            for name, query in self._queries.items()
        }
        try:
            return float(self._expression(values))
        except ZeroDivisionError:  # no data, as in CloudWatch
            return math.nan
