"""When the pool is larger, or smaller."""

from collections.abc import Sequence

from constructs import Construct

from modules.autoscaling import Autoscaling
from modules.bindings import aws
from modules.component import Component
from modules.config import Schedule
from modules.variables import Variables

# The pool's size is set again and again during a schedule's hours, every so many minutes. A deployment meanwhile brings
# Terraform's own value back: with a single action in the morning it would stay until the next. In this way it lasts
# shorter than the quarter of an hour that scaling in takes, and no worker is lost.
_REPEAT_MINUTES = 15


class Schedules(Component):
    """Scheduled actions of Application Auto Scaling: two a schedule, in the fleet's time zone, summer time included.

    One sets the schedule's pool size throughout its hours; the other, at their end, brings `warm_pool_size` back.
    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html

    Params:
        autoscaling: whose bounds they change.
        variables: what the bounds are otherwise.
        schedules: when, and how many.
        timezone: IANA name.
    """

    def __init__(
        self,
        scope: Construct,
        autoscaling: Autoscaling,
        variables: Variables,
        schedules: Sequence[Schedule],
        *,
        timezone: str,
    ) -> None:
        super().__init__(scope, "schedules")
        for schedule in schedules:
            days = ",".join(schedule.days)
            hours = f"{schedule.from_hour}-{schedule.to_hour - 1}"
            size = str(schedule.warm_pool_size)
            for moment, cron, pool in (
                ("begin", f"cron(0/{_REPEAT_MINUTES} {hours} ? * {days} *)", size),
                ("end", f"cron(0 {schedule.to_hour} ? * {days} *)", "var.warm_pool_size"),
            ):
                action = aws.appautoscaling_scheduled_action
                action.AppautoscalingScheduledAction(
                    self,
                    f"{schedule.name}-{moment}",
                    name=f"{schedule.name}-{moment}",
                    service_namespace=autoscaling.target.service_namespace,
                    scalable_dimension=autoscaling.target.scalable_dimension,
                    resource_id=autoscaling.target.resource_id,
                    schedule=cron,
                    timezone=timezone,
                    scalable_target_action=action.AppautoscalingScheduledActionScalableTargetAction(
                        # Text, and not numbers: the provider tells "none" from 0 by it.
                        min_capacity=variables.once_released(pool),
                        # --var max_workers may be lower than what the file was checked with.
                        max_capacity=variables.once_released(f"max(var.max_workers, {pool})"),
                    ),
                )
