"""When the fleet is smaller than it should be."""

from collections.abc import Sequence
from typing import Any

from constructs import Construct

from modules import metrics
from modules.bindings import Token, aws
from modules.component import Component
from modules.config import Schedule
from modules.fleet import Fleet
from modules.names import Names
from modules.queue import Queue
from modules.runbook import Runbook
from modules.variables import Variables

_MINUTE = 60
# Minutes. A worker starts in less than one, and a spike that is over by then needs nobody.
_PATIENCE = 10


class PoolAlarms(Component):
    """Two alarms for people: fewer workers than the pool, and as many as there may be while jobs wait.

    Unlike those of `autoscaling` they change nothing. They see, and ring as *users affected* does (job_alarms.py). Each
    means that somebody has to do something: look why workers don't start (Spot, quotas, the image), or raise
    `max_workers`.

    Params:
        fleet, queue: what is watched.
        variables: `warm_pool_size`, `max_workers`.
        schedules: whose pools may be smaller.
        runbook: where people read what to do.

    Attributes:
        names, arns: of both alarms.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        fleet: Fleet,
        queue: Queue,
        variables: Variables,
        *,
        schedules: Sequence[Schedule],
        runbook: Runbook,
    ) -> None:
        super().__init__(scope, "pool-alarms")
        running = metrics.tasks(fleet, "Running")
        pools = ["var.warm_pool_size", *(str(schedule.warm_pool_size) for schedule in schedules)]
        below = self._alarm(
            "below_pool",
            names.below_pool_alarm,
            f"Fewer workers than the pool for {_PATIENCE} minutes: they don't start, or Spot has none. "
            + runbook.section("below_pool_alarm"),
            namespace=running.namespace,
            metric_name=running.name,
            dimensions=dict(running.dimensions),
            statistic="Maximum",
            period=_MINUTE,
            # Zero as long as there is no image, and nothing is below it.
            threshold=Token.as_number(variables.once_released(f"min({', '.join(pools)})")),
            comparison_operator="LessThanThreshold",
            treat_missing_data="missing",
        )
        full = self._alarm(
            "at_maximum",
            names.at_maximum_alarm,
            f"As many workers as there may be, and jobs wait nevertheless, for {_PATIENCE} minutes: raise max_workers. "
            + runbook.section("at_maximum_alarm"),
            metric_query=[
                aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
                    id="waiting_for_nobody",
                    label="Jobs waiting while the fleet is at its maximum",
                    expression="IF(desired >= ${var.max_workers}, waiting, 0)",
                    return_data=True,
                ),
                metrics.tasks(fleet, "Desired").query("desired", "Maximum", _MINUTE),
                metrics.waiting(queue).query("waiting", "Maximum", _MINUTE),
            ],
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            # A queue that nobody used for six hours sends no metrics, and is well.
            treat_missing_data="notBreaching",
        )
        self.names: list[str] = [below.alarm_name, full.alarm_name]
        self.arns: list[str] = [below.arn, full.arn]

    def _alarm(self, resource: str, name: str, description: str, **arguments: Any) -> Any:
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            resource,
            alarm_name=name,
            alarm_description=description,
            evaluation_periods=_PATIENCE,
            tags=self.tags,
            **arguments,
        )
