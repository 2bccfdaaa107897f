"""Alarms on Spot interruptions and on refused task protection."""

from modules.compute.fleet import Fleet
from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring import fleet_metrics
from modules.monitoring.interruptions import Interruptions
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.bindings import aws
from modules.terraform.context import StackContext

TAKEN_PERCENT = 50
"""Alarm threshold: workers that Spot interrupted within an hour, in percent of those running. A few interruptions need
no operator, because interrupted jobs return to the queue and are rendered again. Half of the fleet means that Spot is
withdrawing capacity: replacements may find none, and their start and the repeated work cost money. An operator then
raises `on_demand_workers`."""

FEWEST_TAKEN = 5
"""Fewest interruptions within an hour for the alarm, so that one worker isn't half of a small fleet."""

REFUSED_MINUTES = 15
"""Minutes with a refusal in each, for the alarm. During a deployment ECS refuses to protect more workers than are
desired, old or new ones, so a busy fleet sees refusals until it is over: some nine minutes (docs/design/scale.md)."""

_MINUTE, _HOUR = 60, 3600


class InterruptionAlarms(MetricAlarms):
    """Two alarms: Spot interrupts more workers than is normal, and ECS refuses to protect workers.

    Both are causes of *users affected* (job_alarms.py). A worker without task protection renders all the same
    (worker/consumer/loop.py), but scale-in may interrupt its jobs, and a job that is interrupted at every try fails.

    EventBridge publishes nothing in an hour without interruptions, and Container Insights nothing without a running
    worker. If Spot takes every worker and none starts again, the hour's average of running workers is the one before
    that; after an hour the interruptions are over, and the alarm on the pool is the one that lasts.

    Params:
        interruptions, fleet, queue: what is watched.
    """

    def __init__(self, context: StackContext, interruptions: Interruptions, fleet: Fleet, queue: JobQueues) -> None:
        super().__init__(context, "interruption-alarms")
        self._alarm(
            "spot_interrupted",
            context.names.spot_interrupted_alarm,
            f"Spot took {TAKEN_PERCENT} % of the workers within an hour, and {FEWEST_TAKEN} or more: "
            "raise on_demand_workers.",
            metric_query=[
                aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
                    id="taken_percent",
                    label="Workers that Spot took within an hour, % of those running",
                    expression=f"IF(taken >= {FEWEST_TAKEN}, 100 * taken / running, 0)",
                    return_data=True,
                ),
                fleet_metrics.spot_interruptions(interruptions).query("taken", "Sum", _HOUR),
                fleet_metrics.tasks(fleet, "Running").query("running", "Average", _HOUR),
            ],
            evaluation_periods=1,
            threshold=TAKEN_PERCENT,
            comparison_operator="GreaterThanOrEqualToThreshold",
        )
        self._alarm(
            "protection_refused",
            context.names.protection_refused_alarm,
            f"For {REFUSED_MINUTES} minutes ECS refused to protect workers from scale-in: it may interrupt their jobs.",
            **queue_metrics.worker(queue, "ProtectionRefused").alarm_arguments(),
            statistic="Sum",
            period=_MINUTE,
            evaluation_periods=REFUSED_MINUTES,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )
