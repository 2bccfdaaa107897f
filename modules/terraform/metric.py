"""A CloudWatch metric, as dashboards and alarms refer to it."""

from dataclasses import dataclass
from typing import Any

from modules.terraform.bindings import aws


@dataclass(frozen=True)
class Metric:
    """One CloudWatch metric.

    Params:
        namespace: `AWS/SQS`.
        name: `ApproximateNumberOfMessagesVisible`.
        dimensions: name and value of each dimension.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    def row(self, stat: str, **options: Any) -> list[Any]:
        """The metric in a dashboard widget.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        flat = [part for dimension in self.dimensions for part in dimension]
        return [self.namespace, self.name, *flat, {"stat": stat, **options}]

    def alarm_arguments(self) -> dict[str, Any]:
        """The arguments of an alarm on this metric alone."""
        return {"namespace": self.namespace, "metric_name": self.name, "dimensions": dict(self.dimensions)}

    def statistic(self, stat: str, period: int) -> Any:
        """The metric in an alarm's metric query; `period` in seconds."""
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQueryMetric(
            **self.alarm_arguments(), stat=stat, period=period
        )

    def query(self, name: str, stat: str, period: int) -> Any:
        """An input of an alarm's expression, which refers to it by `name`; `period` in seconds."""
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
            id=name, return_data=False, metric=self.statistic(stat, period)
        )
