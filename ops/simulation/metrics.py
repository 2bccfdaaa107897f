"""CloudWatch metrics: sampled, published late, read period by period.

- AWS/SQS publishes once per minute.
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
- AWS/ECS and Container Insights do, too.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
- The workers' own are published every 10 s with a resolution of 1 s, so that alarms can be evaluated every 10 s. Each
  worker's line is shown at its own time, so a period may be read while it is partial.
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#high-resolution-metrics
- A period longer than the resolution ends at each evaluation: it slides.
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ops.simulation.model import MetricQuery, MetricStat
from ops.simulation.timings import Timings

MINUTE = 60
HIGH_RESOLUTION = 10
WORKER_NAMESPACE = "HospupVideo"


class Line(NamedTuple):
    """A value that one worker published, and the second from which CloudWatch shows it."""

    shown: float
    value: float


STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}

Gauge = Callable[[], Sequence[Line] | float | None]
"""Reads the current value of a metric, or the workers' lines of the period; None where nothing publishes it."""


class Metrics:
    """The samples of the metrics that an alarm reads.

    Params:
        gauges: reads each metric, by namespace and name.
        timings: how late each metric is published.
    """

    def __init__(self, gauges: Mapping[tuple[str, str], Gauge], timings: Timings) -> None:
        self._gauges = gauges
        self._timings = timings
        self._samples: dict[tuple[str, str], dict[int, Sequence[Line]]] = {}

    def watch(self, query: MetricQuery) -> None:
        """Sample the metrics of a query from now on. Raises `KeyError` for one that the simulator does not know."""
        for stat in query.stats.values():
            key = (stat.namespace, stat.name)
            if key not in self._gauges:
                raise KeyError(f"The simulator does not know the metric {stat.namespace} {stat.name}.")
            self._samples.setdefault(key, {})

    def sample(self, now: float, every: int) -> None:
        """Record the period of `every` seconds that ends now."""
        for key, samples in self._samples.items():
            if resolution(key[0]) == every:
                value = self._gauges[key]()
                if isinstance(value, float):
                    value = [Line(now + self._timings.publication_of(key[0]), value)]
                if value:
                    samples[round(now / every) - 1] = value

    def datapoints(self, query: MetricQuery, now: float, count: int) -> Iterator[float | None]:
        """The query's values as they are shown now, in its last `count` periods, newest first.

        The newest is the newest of which a part may be shown; None where one of the metrics is missing.
        """
        each = MINUTE if query.period >= MINUTE else HIGH_RESOLUTION
        latest = max(self._timings.publication_of(stat.namespace) for stat in query.stats.values())
        # The samples of a minute are shown at once, the workers' lines of ten seconds one after the other.
        end = int((now - latest) // each) + (each == HIGH_RESOLUTION)
        slices = query.period // each
        for last in range(end, max(end - count * slices, 0), -slices):
            yield self._datapoint(query, now, each * (last - slices), each * last)

    def _datapoint(self, query: MetricQuery, now: float, begin: int, end: int) -> float | None:
        values = {name: self._statistic(stat, now, begin, end) for name, stat in query.stats.items()}
        published = {name for name, stat in query.stats.items() if self._samples[(stat.namespace, stat.name)]}
        return query.value(values, published)

    def _statistic(self, stat: MetricStat, now: float, begin: int, end: int) -> float | None:
        samples, each = self._samples[(stat.namespace, stat.name)], resolution(stat.namespace)
        found = [
            value
            for index in range(begin // each, end // each)
            if index in samples
            for shown, value in samples[index]
            if shown <= now
        ]
        return STATISTICS[stat.statistic](found) if found else None


def resolution(namespace: str) -> int:
    """Time between two samples of a namespace's metrics, in seconds."""
    return HIGH_RESOLUTION if namespace == WORKER_NAMESPACE else MINUTE
