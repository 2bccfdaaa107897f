"""When workers are interrupted more than a fleet bears."""

from constructs import Construct

from modules import metrics
from modules.bindings import aws
from modules.component import Component
from modules.fleet import Fleet
from modules.interruptions import Interruptions
from modules.names import Names
from modules.queue import Queue
from modules.runbook import Runbook

TAKEN_PERCENT = 50
"""Of the workers, within an hour. Interrupted jobs are handed back and done again, so one worker, or a few, need
nobody. Half of the fleet says that Spot is being withdrawn: what is started instead may find no capacity, and pays for
its start and for the work done twice. Then `on_demand_workers` is raised, by a person."""

FEWEST_TAKEN = 5
"""Interruptions within an hour below which none of this holds, so that a small fleet isn't half gone with one."""

REFUSED_MINUTES = 15
"""In a deployment ECS refuses to protect the workers that it is about to stop, each for a moment, so a busy one sees
refusals for minutes. A quarter of an hour without a pause is none."""

_MINUTE, _HOUR = 60, 3600


class InterruptionAlarms(Component):
    """Two alarms for people: Spot takes workers faster than is normal, and ECS doesn't protect those that would work.

    Like those on the pool they see, and ring as *users affected* does (job_alarms.py). A worker that isn't protected
    takes no job (worker/consumer.py): without the second alarm a fleet could run, be paid for and stand still.

    Params:
        interruptions, fleet, queue: what is watched.
        runbook: where people read what to do.

    Attributes:
        names, arns: of both alarms.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        interruptions: Interruptions,
        fleet: Fleet,
        queue: Queue,
        *,
        runbook: Runbook,
    ) -> None:
        super().__init__(scope, "interruption-alarms")
        alarm = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm
        query = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery
        spot = alarm(
            self,
            "spot_interrupted",
            alarm_name=names.spot_interrupted_alarm,
            alarm_description=f"Spot took {TAKEN_PERCENT} % of the workers within an hour, and {FEWEST_TAKEN} or more: "
            f"raise on_demand_workers. {runbook.section('spot_interrupted_alarm')}",
            metric_query=[
                query(
                    id="taken_percent",
                    label="Workers that Spot took within an hour, % of those running",
                    expression=f"IF(taken >= {FEWEST_TAKEN}, 100 * taken / running, 0)",
                    return_data=True,
                ),
                metrics.spot_interruptions(interruptions).query("taken", "Sum", _HOUR),
                metrics.tasks(fleet, "Running").query("running", "Average", _HOUR),
            ],
            evaluation_periods=1,
            threshold=TAKEN_PERCENT,
            comparison_operator="GreaterThanOrEqualToThreshold",
            # A rule that matched nothing has no metric.
            treat_missing_data="notBreaching",
            tags=self.tags,
        )
        refusals = metrics.worker(queue, "ProtectionRefused")
        refused = alarm(
            self,
            "protection_refused",
            alarm_name=names.protection_refused_alarm,
            alarm_description=f"For {REFUSED_MINUTES} minutes workers took no job, since ECS didn't protect them from "
            f"scale-in. {runbook.section('protection_refused_alarm')}",
            namespace=refusals.namespace,
            metric_name=refusals.name,
            dimensions=dict(refusals.dimensions),
            statistic="Sum",
            period=_MINUTE,
            evaluation_periods=REFUSED_MINUTES,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            tags=self.tags,
        )
        self.names: list[str] = [spot.alarm_name, refused.alarm_name]
        self.arns: list[str] = [spot.arn, refused.arn]
