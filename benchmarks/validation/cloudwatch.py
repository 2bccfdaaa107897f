"""CloudWatch as the driver plays it: samples come in, periods are shown late, alarms look at the newest."""

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from tools.dashboard.metric_math import evaluate

REPEAT_SECONDS = 60.0
"""From one call of an alarm's Auto Scaling actions to the next, while it stays in ALARM.
https://repost.aws/knowledge-center/autoscaling-policy-cloudwatch-alarm"""

PERIODS_LOOKED_BACK = 3
"""How far an alarm of one datapoint looks for it: the newest period and two before. AWS looks further back than it
needs and doesn't say how far; in its example 5 for 3.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html"""

_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {"Maximum": max, "Minimum": min, "Sum": sum}
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}


class UnknownRuleError(ValueError):
    """The stack has something that the driver doesn't play; the message names it."""


@dataclass(frozen=True)
class Metric:
    """A metric by its full name."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]

    @classmethod
    def described(cls, metric: Mapping[str, Any]) -> Self:
        """From what CloudWatch answers."""
        pairs = frozenset((pair["Name"], pair["Value"]) for pair in metric["Dimensions"])
        return cls(metric["Namespace"], metric["MetricName"], pairs)


class Metrics:
    """Everything that was published.

    Params:
        lateness: seconds from a period's end until its datapoint is shown, by namespace.
    """

    def __init__(self, lateness: Callable[[str], float]) -> None:
        self._lateness = lateness
        self._samples: dict[Metric, list[tuple[float, float]]] = defaultdict(list)

    def put(self, metric: Metric, at: float, value: float) -> None:
        """Publish a value of a moment, in seconds of the epoch."""
        self._samples[metric].append((at, value))

    def put_embedded(self, line: Mapping[str, Any]) -> None:
        """Publish what a log line in CloudWatch's embedded metric format says; any other line says nothing.

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
    """An alarm of one datapoint, as `DescribeAlarms` describes it. Raises `UnknownRuleError` for any other.

    It is looked at every 10 s where its period is shorter than a minute, else every minute.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html

    Params:
        described: the answer's entry.
        metrics: what it looks at.
        first_look: when it is looked at first, in seconds of the epoch.
    """

    def __init__(self, described: Mapping[str, Any], metrics: Metrics, first_look: float) -> None:
        self.name: str = described["AlarmName"]
        self.threshold = float(described["Threshold"])
        self.actions: list[str] = described["AlarmActions"]
        self.is_red = False
        self._metrics = metrics
        self._breaches = _BREACHES[described["ComparisonOperator"]]
        self._expression = ""
        self._queries: dict[str, _Query] = {}
        self._next_look = first_look
        self._called = -math.inf
        if described["EvaluationPeriods"] != 1 or described["TreatMissingData"] not in {"missing", "notBreaching"}:
            raise UnknownRuleError(
                f"{self.name}: the driver plays alarms of one datapoint, where missing data don't breach."
            )
        self._read(described)

    def _read(self, described: Mapping[str, Any]) -> None:
        if not described["Metrics"]:
            self._expression, self.period = "m", float(described["Period"])
            self._queries["m"] = _Query(Metric.described(described), described["Statistic"])
            return
        periods = set()
        for query in described["Metrics"]:
            if query.get("ReturnData"):
                self._expression = query.get("Expression", query["Id"])
            if "MetricStat" in query:
                stat = query["MetricStat"]
                periods.add(float(stat["Period"]))
                self._queries[query["Id"]] = _Query(Metric.described(stat["Metric"]), stat["Stat"])
        if len(periods) != 1:
            raise UnknownRuleError(f"{self.name}: its metrics have different periods.")
        (self.period,) = periods

    def look(self, now: float) -> float | None:
        """Look, if it is time to. Returns the datapoint that its actions are called with now; None for no call."""
        if now < self._next_look:
            return None
        self._next_look += 10.0 if self.period < 60 else 60.0
        was_red, value = self.is_red, self._newest(now)
        self.is_red = not math.isnan(value) and self._breaches(value, self.threshold)
        if not self.is_red or (was_red and now - self._called < REPEAT_SECONDS):
            return None
        self._called = now
        return value

    def _newest(self, now: float) -> float:
        """The newest datapoint that is shown and not too old; nan if there is none."""
        lateness = max(self._metrics.lateness(query.metric) for query in self._queries.values())
        start = math.floor((now - lateness) / self.period) * self.period - self.period
        for back in range(PERIODS_LOOKED_BACK):
            value = self._calculated(start - back * self.period)
            if not math.isnan(value):
                return value
        return math.nan

    def _calculated(self, start: float) -> float:
        series = {
            name: np.array([self._metrics.datapoint(query.metric, query.statistic, start, self.period)])
            for name, query in self._queries.items()
        }
        return float(evaluate(self._expression, series, self.period)[0])
