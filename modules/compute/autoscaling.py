"""Autoscaling of the number of workers."""

from collections.abc import Sequence
from typing import Any

from modules.compute.fleet import Fleet
from modules.compute.scaling_steps import ScalingStep, alarm_steps, scaling_steps
from modules.config.names import SCALING_ALARMS
from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.data.registry import Registry
from modules.terraform.bindings import Precondition, TerraformResourceLifecycle, Token, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

_MINUTE = 60
# Seconds. An alarm with a period below a minute is evaluated every 10 s, over the last `period` seconds. Each worker
# publishes once in 10 s, but their lines arrive one after the other: an alarm of 10 s may see those of young workers
# alone, which don't know the last minutes' peak. 30 s always contain lines of all workers.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
_PEAK_JOBS_PERIOD = 30
# Seconds between two scale-in steps of a policy; scale-out steps don't wait.
_COOLDOWN = 60
# Seconds: enough for a requested worker to start and publish its first metric.
_WAITING_COOLDOWN = 180
# Minutes in each of which jobs wait. A fleet that is heard serves its jobs sooner, or is at its maximum.
_WAITING_MINUTES = 2
# Jobs waiting, and the workers that are added for them.
_WAITING_STEPS = ((1, 1), (10, 5), (50, 20))


class Autoscaling(Component):
    """The scalable target, from `warm_pool_size` to `max_workers`, and the step scaling policies that follow the jobs.

    The workers publish **PeakJobs**: the most jobs at once, waiting and rendering, within the last
    `scale_in_after_seconds` (worker/telemetry/peak_jobs.py). The policies set the number of workers to PeakJobs plus
    `spare_workers`, rounded up to a step. PeakJobs rises at once and falls only after that time, so that one rule
    scales out fast and in slowly.

    The first alarm has the threshold zero and acts once per minute. The others have thresholds above the warm pool, and
    act at once when the metric crosses them. Each alarm has its own policy, because steps are relative to the alarm's
    threshold. All policies set the same number of workers for the same number of jobs, so they can't contradict each
    other. On a busy day most of these alarms are in alarm; that is normal, and they send no notification.
    docs/design/scale.md compares this with other policies.

    One more alarm adds workers for jobs that have waited for two minutes: it starts a fleet of zero workers, none of
    which publishes PeakJobs, and is the rescue if that metric fails. It watches SQS' own metric alone, since
    CloudWatch's `FILL` may make nothing of a metric that never had a datapoint. A fleet that is heard has served the
    jobs by then, or is at its maximum.

    Steps are computed for the configured sizes. Sizes that are set with `--var` are followed too, by coarser steps.

    Params:
        fleet: the service to scale.
        queue: the queue whose jobs it follows.
        registry: a deployment without an image tag would stop the fleet, and is rejected if the registry has images.

    Attributes:
        target: the scalable target; schedules change its bounds.
    """

    def __init__(self, context: StackContext, fleet: Fleet, queue: JobQueues, registry: Registry) -> None:
        super().__init__(context, "autoscaling")
        config, names = context.environment.fleet, context.names
        self._peak_jobs = queue_metrics.worker(queue, queue_metrics.PEAK_JOBS)
        self.target = self._target(context, fleet, registry)
        pool = min([config.warm_pool_size, *(schedule.warm_pool_size for schedule in config.schedules)])
        steps = scaling_steps(pool, config.max_workers, config.spare_workers)
        for number, index in enumerate(alarm_steps(steps, pool, config.max_workers, SCALING_ALARMS - 1)):
            self._follow_jobs(f"peak_jobs_{number}", names.scaling_policies[number], steps[index:])
        self._add_for_waiting(names.unheard_alarm, queue)

    def _target(self, context: StackContext, fleet: Fleet, registry: Registry) -> Any:
        zero_until_released = context.variables.zero_until_released
        return aws.appautoscaling_target.AppautoscalingTarget(
            self,
            "workers",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{fleet.cluster}/{fleet.service}",
            min_capacity=Token.as_number(zero_until_released("var.warm_pool_size")),
            max_capacity=Token.as_number(zero_until_released("var.max_workers")),
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

    def _follow_jobs(self, resource: str, name: str, steps: Sequence[ScalingStep]) -> None:
        """An alarm on PeakJobs at the first of these steps, and its policy, which has all of them."""
        threshold = steps[0].jobs
        policy = self._policy(
            resource,
            name,
            adjustment_type="ExactCapacity",
            cooldown=_COOLDOWN,
            step_adjustment=_step_adjustments([(step.jobs, step.workers) for step in steps]),
        )
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            resource,
            alarm_name=name,
            alarm_description=f"Lately {threshold} jobs or more at once: sets the number of workers, now and once a "
            "minute. Red is its work; no data means that no worker is heard.",
            **self._peak_jobs.alarm_arguments(),
            statistic="Maximum",
            period=_PEAK_JOBS_PERIOD,
            evaluation_periods=1,
            threshold=threshold,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # Without data from any worker, the fleet keeps its size.
            treat_missing_data="missing",
            alarm_actions=[policy.arn],
            tags=self.tags,
        )

    def _add_for_waiting(self, name: str, queue: JobQueues) -> None:
        """An alarm on jobs that wait, and its policy, which only adds workers."""
        policy = self._policy(
            "unheard",
            name,
            adjustment_type="ChangeInCapacity",
            cooldown=_WAITING_COOLDOWN,
            step_adjustment=_step_adjustments(_WAITING_STEPS),
        )
        aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            "unheard",
            alarm_name=name,
            alarm_description=f"Jobs have waited for {_WAITING_MINUTES} minutes, so no worker may be heard: adds "
            "workers. Red at the maximum, where it changes nothing.",
            **queue_metrics.waiting(queue).alarm_arguments(),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=_WAITING_MINUTES,
            threshold=_WAITING_STEPS[0][0],
            comparison_operator="GreaterThanOrEqualToThreshold",
            # SQS sends none for a queue that was unused for six hours.
            treat_missing_data="notBreaching",
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


def _step_adjustments(steps: Sequence[tuple[int, int]]) -> list[Any]:
    """A policy's steps, by the metric's value at which each begins, and its adjustment; bounds count from the first."""
    step = aws.appautoscaling_policy.AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment
    bounds = [str(value - steps[0][0]) for value, _ in steps]
    return [
        step(metric_interval_lower_bound=lower, metric_interval_upper_bound=upper, scaling_adjustment=adjustment)
        for lower, upper, (_, adjustment) in zip(bounds, [*bounds[1:], None], steps, strict=True)
    ]
