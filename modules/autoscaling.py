"""How many workers run."""

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules.bindings import Precondition, TerraformResourceLifecycle, Token, aws
from modules.component import Component
from modules.config import Fleet as FleetConfig
from modules.fleet import Fleet
from modules.names import RUNGS, Names
from modules.queue import Queue
from modules.registry import Registry
from modules.staircase import Stair, rungs, staircase
from modules.variables import Variables

# What the workers publish: worker/heartbeat.py.
_NAMESPACE, _PEAK_JOBS = "HospupVideo", "PeakJobs"
_MINUTE = 60
# Seconds; the workers send every 10 s, and no alarm looks more often.
_BEAT = 10
# Seconds between two steps in of one policy; steps out don't wait.
_COOLDOWN = 60
# Seconds: long enough for a worker that was asked for to start and to be heard of.
_UNHEARD_COOLDOWN = 180
# Jobs waiting unheard to workers added.
_UNHEARD_STEPS = ((1, 1), (10, 5), (50, 20))


class Autoscaling(Component):
    """The scalable target, from `warm_pool_size` to `max_workers`, and the policies that follow the jobs.

    The workers publish **PeakJobs**: the most jobs at once, waiting and rendering, that the queue held lately
    (worker/heartbeat.py). So many workers are wanted, and `spare_workers` more. The metric rises at once and falls only
    `scale_in_after_seconds` after the busy moment: out fast, in slowly, by one rule.

    One alarm stands on the ground and asks again every minute; some stand on stairs above the pool, and ask at once
    when the metric comes to them. Each calls a policy of its own, since steps count from the alarm's threshold, and all
    policies give the same answer to the same number of jobs: they can't disagree, however many alarms are red. On a
    busy day most are. That is their work, and they tell nobody. How it was chosen: docs/scale.md.

    Where no worker is heard (the pool is zero, or metrics fail) and jobs wait, another alarm adds workers.

    Params:
        fleet, queue: what is scaled, and after what.
        variables: `warm_pool_size`, `max_workers`.
        registry: whether there are images; a deployment that then names none would stop the fleet, and is refused.
        config: the sizes that the stairs are made for, and `spare_workers`. Sizes given with `--var` are followed
            too, on coarser stairs.

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
        config: FleetConfig,
    ) -> None:
        super().__init__(scope, "autoscaling")
        self._names = names
        self._queue = queue
        self.target = self._target(fleet, variables, registry)
        pool = min([config.warm_pool_size, *(schedule.warm_pool_size for schedule in config.schedules)])
        stairs = staircase(pool, config.max_workers, config.spare_workers)
        for number, index in enumerate(rungs(stairs, pool, config.max_workers, RUNGS - 1)):
            self._rung(number, stairs[index:])
        self._unheard()

    def _target(self, fleet: Fleet, variables: Variables, registry: Registry) -> Any:
        return aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "workers",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{fleet.cluster}/{fleet.service}",
            # Zero and zero as long as there is no image.
            min_capacity=number_of(variables.once_released("var.warm_pool_size")),
            max_capacity=number_of(variables.once_released("var.max_workers")),
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

    def _rung(self, number: int, stairs: Sequence[Stair]) -> None:
        """An alarm at the first of these stairs, and its policy, which knows them and all above."""
        threshold = stairs[0].jobs
        steps = aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment
        ends = [str(stair.jobs - threshold) for stair in stairs[1:]]
        policy = self._policy(
            f"peak_jobs_{number}",
            self._names.scaling_policies[number],
            adjustment_type="ExactCapacity",
            cooldown=_COOLDOWN,
            step_adjustment=[
                steps(
                    metric_interval_lower_bound=str(stair.jobs - threshold),
                    metric_interval_upper_bound=end,
                    scaling_adjustment=stair.workers,
                )
                for stair, end in zip(stairs, [*ends, None], strict=True)
            ],
        )
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            f"peak_jobs_{number}",
            alarm_name=self._names.scaling_policies[number],
            alarm_description=f"Lately {threshold} jobs or more at once: sets the number of workers, now and once a "
            "minute. Red is its work; no data means that no worker is heard.",
            namespace=_NAMESPACE,
            metric_name=_PEAK_JOBS,
            dimensions={"QueueName": self._queue.name},
            statistic="Maximum",
            period=_BEAT,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # Nobody is heard: the fleet stays as it is.
            treat_missing_data="missing",
            alarm_actions=[policy.arn],
            tags=self.tags,
        )

    def _unheard(self) -> None:
        """Jobs wait and no worker publishes: the pool is zero, or metrics fail. Adds workers, and never takes one."""
        steps = aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment
        first = _UNHEARD_STEPS[0][0]
        ends = [str(waiting - first) for waiting, _ in _UNHEARD_STEPS[1:]]
        policy = self._policy(
            "unheard",
            self._names.unheard_alarm,
            adjustment_type="ChangeInCapacity",
            cooldown=_UNHEARD_COOLDOWN,
            step_adjustment=[
                steps(
                    metric_interval_lower_bound=str(waiting - first),
                    metric_interval_upper_bound=end,
                    scaling_adjustment=workers,
                )
                for (waiting, workers), end in zip(_UNHEARD_STEPS, [*ends, None], strict=True)
            ],
        )
        alarm = aws.cloudwatch_metric_alarm
        query = alarm.CloudwatchMetricAlarmMetricQuery
        metric = alarm.CloudwatchMetricAlarmMetricQueryMetric
        queue = {"QueueName": self._queue.name}
        alarm.CloudwatchMetricAlarm(
            self,
            "unheard",
            alarm_name=self._names.unheard_alarm,
            alarm_description="Jobs wait, and no worker has been heard for a minute: adds workers.",
            evaluation_periods=1,
            threshold=first,
            comparison_operator="GreaterThanOrEqualToThreshold",
            treat_missing_data="notBreaching",
            metric_query=[
                query(
                    id="waiting_unheard",
                    label="Jobs waiting while no worker is heard",
                    expression="IF(FILL(heard, -1) < 0, waiting, 0)",
                    return_data=True,
                ),
                query(
                    id="heard",
                    metric=metric(
                        namespace=_NAMESPACE,
                        metric_name=_PEAK_JOBS,
                        dimensions=queue,
                        stat="Maximum",
                        period=_MINUTE,
                    ),
                ),
                query(
                    id="waiting",
                    metric=metric(
                        namespace="AWS/SQS",
                        metric_name="ApproximateNumberOfMessagesVisible",
                        dimensions=queue,
                        stat="Maximum",
                        period=_MINUTE,
                    ),
                ),
            ],
            alarm_actions=[policy.arn],
            tags=self.tags,
        )

    def _policy(self, resource: str, name: str, **configuration: Any) -> Any:
        """A step scaling policy of the target."""
        scaling = aws.appautoscaling_policy
        return scaling.AppautoscalingPolicy(
            self,
            f"policy.{resource}",
            name=name,
            policy_type="StepScaling",
            service_namespace=self.target.service_namespace,
            scalable_dimension=self.target.scalable_dimension,
            resource_id=self.target.resource_id,
            step_scaling_policy_configuration=scaling.AppautoscalingPolicyStepScalingPolicyConfiguration(
                metric_aggregation_type="Maximum", **configuration
            ),
        )


def number_of(expression: str) -> float:
    """A Terraform expression where a binding takes a number."""
    number: float = Token.as_number(expression)
    return number
