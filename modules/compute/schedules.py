"""Scheduled sizes of the warm pool."""

from modules.compute.autoscaling import Autoscaling
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

# Minutes between two settings of the pool's size during a schedule's hours. A deployment resets the scalable target to
# Terraform's values, and a single action at the beginning would leave it so until the next day. Scale-in takes
# `scale_in_after_seconds` (4 minutes by default), so a deployment within a schedule can remove workers for up to 15
# minutes.
_REPEAT_MINUTES = 15


class Schedules(Component):
    """Scheduled actions of Application Auto Scaling: two per schedule, in the fleet's time zone.

    One sets the schedule's pool size throughout its hours. The other restores `warm_pool_size` at their end.
    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html

    Params:
        autoscaling: its target's bounds are changed.
    """

    def __init__(self, context: StackContext, autoscaling: Autoscaling) -> None:
        super().__init__(context, "schedules")
        fleet, zero_until_released = context.environment.fleet, context.variables.zero_until_released
        for schedule in fleet.schedules:
            days = ",".join(schedule.days)
            hours = f"{schedule.from_hour}-{schedule.to_hour - 1}"
            size = str(schedule.warm_pool_size)
            for boundary, cron, pool in (
                ("begin", f"cron(0/{_REPEAT_MINUTES} {hours} ? * {days} *)", size),
                ("end", f"cron(0 {schedule.to_hour} ? * {days} *)", "var.warm_pool_size"),
            ):
                action = aws.appautoscaling_scheduled_action
                action.AppautoscalingScheduledAction(
                    self,
                    f"{schedule.name}-{boundary}",
                    name=f"{schedule.name}-{boundary}",
                    service_namespace=autoscaling.target.service_namespace,
                    scalable_dimension=autoscaling.target.scalable_dimension,
                    resource_id=autoscaling.target.resource_id,
                    schedule=cron,
                    timezone=fleet.timezone,
                    scalable_target_action=action.AppautoscalingScheduledActionScalableTargetAction(
                        # Text rather than numbers: the provider distinguishes "unset" from 0 by it.
                        min_capacity=zero_until_released(pool),
                        # --var max_workers can be lower than the file's, which the schedules were checked against.
                        max_capacity=zero_until_released(f"max(var.max_workers, {pool})"),
                    ),
                )
