"""CloudWatch's metrics: sampled, published late, read a period at a time.

- AWS/SQS sends once a minute.
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
- AWS/ECS and Container Insights as well.
  https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html
- The workers' own are sent every 10 s and kept at a resolution of one, so that alarms may look every 10 s.
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html#high-resolution-metrics
"""

from collections.abc import Callable, Mapping

from ops.simulation.model import Source, Watched
from ops.simulation.timings import Timings

MINUTE = 60
HIGH_RESOLUTION = 10
WORKER_NAMESPACE = "HospupVideo"

_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Sum": sum,
    "SampleCount": len,
    "Average": lambda values: sum(values) / len(values),
}

Gauge = Callable[[], float | None]
"""Reads the fleet; None where nobody is there to publish."""


class Metrics:
    """The samples of those metrics that somebody looks at.

    Params:
        gauges: how each metric is read, by namespace and name.
        timings: how late each is.
    """

    def __init__(self, gauges: Mapping[tuple[str, str], Gauge], timings: Timings) -> None:
        self._gauges = gauges
        self._timings = timings
        self._samples: dict[tuple[str, str], dict[int, float]] = {}

    def watch(self, watched: Watched) -> None:
        """Sample these metrics from now on. Raises `KeyError` for one that the simulator has no gauge for."""
        for source in watched.sources.values():
            key = (source.namespace, source.name)
            if key not in self._gauges:
                raise KeyError(f"The simulator does not know the metric {source.namespace} {source.name}.")
            self._samples.setdefault(key, {})

    def sample(self, now: float, every: int) -> None:
        """Close the period of `every` seconds that ends now."""
        for key, samples in self._samples.items():
            if resolution(key[0]) == every:
                value = self._gauges[key]()
                if value is not None:
                    samples[round(now / every) - 1] = value

    def newest_period(self, watched: Watched, now: float) -> int:
        """The last period whose datapoints could have been published by now."""
        latest = max(self._timings.publication_of(source.namespace) for source in watched.sources.values())
        return int((now - latest) // watched.period) - 1

    def datapoint(self, watched: Watched, period: int) -> float | None:
        """What is watched, of one period; None where a metric of it is missing."""
        values: dict[str, float | None] = {}
        for name, source in watched.sources.items():
            value = self._statistic(source, watched.period, period)
            if value is None and name not in watched.filled:
                return None
            values[name] = value
        return float(watched.expression(values))

    def _statistic(self, source: Source, seconds: int, period: int) -> float | None:
        samples = self._samples[(source.namespace, source.name)]
        each = resolution(source.namespace)
        if seconds <= each:
            return samples.get(period * seconds // each)
        count = seconds // each
        found = [samples[index] for index in range(period * count, (period + 1) * count) if index in samples]
        if not found:
            return None
        return _STATISTICS[source.statistic](found)


def resolution(namespace: str) -> int:
    """Seconds between two samples of a namespace."""
    return HIGH_RESOLUTION if namespace == WORKER_NAMESPACE else MINUTE
