"""Alarms on the number of workers."""

from modules.compute.fleet import Fleet
from modules.monitoring import fleet_metrics
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.bindings import Token
from modules.terraform.context import StackContext

_MINUTE = 60
# Minutes until an alarm. A worker starts in less than one, and a shorter spike needs no operator.
_MINUTES = 10


class PoolAlarms(MetricAlarms):
    """Two alarms: fewer workers than the warm pool, and as many workers as allowed while jobs wait.

    Unlike the alarms of `autoscaling` they change nothing; they are causes of *users affected* (job_alarms.py). Each
    needs an operator: to find out why workers don't start (Spot, quotas, the image), or to raise `max_workers`.

    Without a running worker, Container Insights publishes nothing. That is too few workers exactly if the pool has any;
    and it is never the maximum.

    Params:
        fleet: what is watched.
        waiting: name of the alarm on waiting jobs.
    """

    def __init__(self, context: StackContext, fleet: Fleet, waiting: str) -> None:
        super().__init__(context, "pool-alarms")
        variables, schedules = context.variables, context.environment.fleet.schedules
        pools = ", ".join(["var.warm_pool_size", *(str(schedule.warm_pool_size) for schedule in schedules)])
        self._alarm(
            "below_pool",
            context.names.below_pool_alarm,
            f"Fewer workers than the pool for {_MINUTES} minutes: they don't start, or Spot has none.",
            **fleet_metrics.tasks(fleet, "Running").alarm_arguments(),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=_MINUTES,
            threshold=Token.as_number(variables.zero_until_released(f"min({pools})")),
            comparison_operator="LessThanThreshold",
            treat_missing_data=variables.if_released(f"min({pools}) > 0", "breaching", "notBreaching"),
        )
        self._alarm(
            "at_maximum",
            context.names.at_maximum_alarm,
            f"As many workers as there may be for {_MINUTES} minutes; if jobs wait, raise max_workers.",
            **fleet_metrics.tasks(fleet, "Desired").alarm_arguments(),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=_MINUTES,
            threshold=context.variables.max_workers,
            comparison_operator="GreaterThanOrEqualToThreshold",
            only_while=waiting,
        )
