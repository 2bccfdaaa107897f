"""The metrics that ECS and EventBridge publish on the fleet."""

from modules.compute.fleet import Fleet
from modules.monitoring.interruptions import Interruptions
from modules.terraform.metric import Metric


def tasks(fleet: Fleet, state: str) -> Metric:
    """Number of workers in a state: Running, Desired or Pending. Published by Container Insights, while at least one
    worker runs: at zero, all three are missing.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-container-insights.html
    """
    return Metric("ECS/ContainerInsights", f"{state}TaskCount", _service(fleet))


def utilization(fleet: Fleet, resource: str) -> Metric:
    """Utilization of the workers' CPU or Memory, in percent.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html
    """
    return Metric("AWS/ECS", f"{resource}Utilization", _service(fleet))


def spot_interruptions(interruptions: Interruptions) -> Metric:
    """Number of workers that Spot interrupted: the runs of the EventBridge rule.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
    """
    return Metric("AWS/Events", "TriggeredRules", (("RuleName", interruptions.rule),))


def _service(fleet: Fleet) -> tuple[tuple[str, str], ...]:
    return (("ClusterName", fleet.cluster), ("ServiceName", fleet.service))
