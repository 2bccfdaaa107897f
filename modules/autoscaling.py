"""How many workers run."""

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from modules.bindings import Precondition, TerraformResourceLifecycle, Token, aws
from modules.component import Component
from modules.fleet import Fleet
from modules.names import Names
from modules.queue import Queue
from modules.registry import Registry
from modules.variables import Variables

# Seconds between two steps out, and two steps in. In is slow on purpose: a worker costs cents an hour, a wait costs
# a user.
_SCALE_OUT_COOLDOWN = 60
_SCALE_IN_COOLDOWN = 300


class Autoscaling(Component):
    """The scalable target, from `warm_pool_size` to `max_workers`, and the policy that follows the queue.

    The policy tracks **jobs for each worker, waiting and running**. Waiting alone would shrink the fleet while
    everyone is busy and the queue is empty. A target below 1 keeps some of the fleet free: at 0.8, forty jobs hold
    fifty workers.
    https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking-metric-math.html

    Params:
        fleet, queue: what is scaled, and after what.
        variables: `warm_pool_size`, `max_workers`.
        registry: whether there are images; a deployment that then names none would stop the fleet, and is refused.
        messages_per_worker: the target.

    Attributes:
        target: what schedules change the bounds of.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        fleet: Fleet,
        queue: Queue,
        variables: Variables,
        *,
        registry: Registry,
        messages_per_worker: float,
    ) -> None:
        super().__init__(scope, "autoscaling")
        target = aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "workers",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{fleet.cluster}/{fleet.service}",
            # Zero and zero as long as there is no image.
            min_capacity=number(variables.once_released("var.warm_pool_size")),
            max_capacity=number(variables.once_released("var.max_workers")),
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(
                precondition=[
                    Precondition(
                        condition=f'${{var.worker_image_tag != "" || length({registry.latest_tags}) == 0}}',
                        error_message="worker_image_tag is empty, and there are images in the registry: this would "
                        "stop every worker. Give the tag that runs (--var worker_image_tag=TAG), or write it into the "
                        "environment's file; to stop the workers, set warm_pool_size to 0.",
                    )
                ]
            ),
        )
        self.target = target
        scaling = aws.appautoscaling_policy
        tracking = scaling.AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration
        specification = (
            scaling.AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification
        )
        queue_dimensions = {"QueueName": queue.name}
        scaling.AppautoscalingPolicy(
            self,
            "messages_per_worker",
            name=names.scaling_policy,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=tracking(
                target_value=messages_per_worker,
                scale_out_cooldown=_SCALE_OUT_COOLDOWN,
                scale_in_cooldown=_SCALE_IN_COOLDOWN,
                customized_metric_specification=specification(
                    metrics=[
                        _metric(
                            "visible",
                            "Jobs waiting",
                            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum"),
                            queue_dimensions,
                        ),
                        _metric(
                            "in_flight",
                            "Jobs rendering",
                            ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "Sum"),
                            queue_dimensions,
                        ),
                        _metric(
                            "running",
                            "Workers running",
                            ("ECS/ContainerInsights", "RunningTaskCount", "Average"),
                            {"ClusterName": fleet.cluster, "ServiceName": fleet.service},
                        ),
                        # A pool scaled to zero counts as one worker, so that the first job brings the first worker.
                        _expression(
                            "messages_per_worker",
                            "Jobs for each worker, waiting and rendering",
                            "(visible + in_flight) / IF(running > 0, running, 1)",
                        ),
                    ]
                ),
            ),
        )


def number(expression: str) -> float:
    """A Terraform expression where a binding takes a number."""
    number: float = Token.as_number(expression)
    return number


# The typed classes below, and no dicts: jsii drops nested dicts without a word. Their names are long; here they stay.
_PREFIX = "AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics"


def _metric(name: str, label: str, source: tuple[str, str, str], dimensions: Mapping[str, str]) -> Any:
    """A metric to calculate with; `source` is its namespace, name and statistic."""
    bindings = aws.appautoscaling_policy
    namespace, metric, statistic = source
    dimension = getattr(bindings, f"{_PREFIX}MetricStatMetricDimensions")
    return getattr(bindings, _PREFIX)(
        id=name,
        label=label,
        return_data=False,
        metric_stat=getattr(bindings, f"{_PREFIX}MetricStat")(
            stat=statistic,
            metric=getattr(bindings, f"{_PREFIX}MetricStatMetric")(
                namespace=namespace,
                metric_name=metric,
                dimensions=[dimension(name=key, value=value) for key, value in dimensions.items()],
            ),
        ),
    )


def _expression(name: str, label: str, expression: str) -> Any:
    """What is tracked, calculated from the metrics."""
    return getattr(aws.appautoscaling_policy, _PREFIX)(id=name, label=label, expression=expression, return_data=True)
