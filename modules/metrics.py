"""The metrics that dashboard and alarms are made of: those that AWS publishes of our resources, and the workers'."""

from dataclasses import dataclass
from typing import Any

from modules.bindings import aws
from modules.fleet import Fleet
from modules.interruptions import Interruptions
from modules.queue import Queue

WORKER_NAMESPACE = "HospupVideo"
"""worker/telemetry.py, METRICS_NAMESPACE; a test compares them."""


@dataclass(frozen=True)
class Metric:
    """One metric, by its namespace, name and dimensions (each a name and a value)."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    def row(self, stat: str, **options: Any) -> list[Any]:
        """As a dashboard names it.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        flat = [part for dimension in self.dimensions for part in dimension]
        return [self.namespace, self.name, *flat, {"stat": stat, **options}]

    def query(self, name: str, stat: str, period: int) -> Any:
        """As an alarm calculates with it, under a name of its own; `period` in seconds."""
        bindings = aws.cloudwatch_metric_alarm
        return bindings.CloudwatchMetricAlarmMetricQuery(
            id=name,
            return_data=False,
            metric=bindings.CloudwatchMetricAlarmMetricQueryMetric(
                namespace=self.namespace,
                metric_name=self.name,
                dimensions=dict(self.dimensions),
                stat=stat,
                period=period,
            ),
        )


def worker(queue: Queue, name: str) -> Metric:
    """A metric that the workers of a queue emit: a name in METRICS of worker/telemetry.py."""
    return Metric(WORKER_NAMESPACE, name, (("QueueName", queue.name),))


def waiting(queue: Queue) -> Metric:
    """Jobs that no worker has taken."""
    return _sqs("ApproximateNumberOfMessagesVisible", queue.name)


def in_flight(queue: Queue) -> Metric:
    """Jobs that a worker holds."""
    return _sqs("ApproximateNumberOfMessagesNotVisible", queue.name)


def oldest(queue: Queue) -> Metric:
    """Seconds since the oldest job was sent that isn't done."""
    return _sqs("ApproximateAgeOfOldestMessage", queue.name)


def dead_letters(queue: Queue) -> Metric:
    """Jobs that failed at every try."""
    return _sqs("ApproximateNumberOfMessagesVisible", queue.dead_letter_name)


def tasks(fleet: Fleet, state: str) -> Metric:
    """Workers in a state: Running, Desired or Pending. They need Container Insights.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    """
    return Metric("ECS/ContainerInsights", f"{state}TaskCount", _service(fleet))


def utilization(fleet: Fleet, of: str) -> Metric:
    """Per cent of what the workers have, of CPU or Memory.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    """
    return Metric("AWS/ECS", f"{of}Utilization", _service(fleet))


def spot_interruptions(interruptions: Interruptions) -> Metric:
    """Workers that Spot took away: the runs of the rule that looks for them.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return Metric("AWS/Events", "TriggeredRules", (("RuleName", interruptions.rule),))


def _sqs(name: str, queue: str) -> Metric:
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    return Metric("AWS/SQS", name, (("QueueName", queue),))


def _service(fleet: Fleet) -> tuple[tuple[str, str], ...]:
    return (("ClusterName", fleet.cluster), ("ServiceName", fleet.service))
