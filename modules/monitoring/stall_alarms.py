"""The alarm on jobs that wait while none is done."""

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.context import StackContext

_MINUTE = 60
# Minutes until an alarm. A worker starts in less than one, and a render of ten minutes is rare.
MINUTES = 10


class StallAlarms(MetricAlarms):
    """Jobs wait, and none is done: no worker runs, or none makes progress.

    Two conditions, joined by a composite alarm. Both are SQS' own metrics, so they hold without any worker. Without
    data no job waits, because a queue with jobs is active; and without data no job was done.

    Params:
        queue: what is watched.

    Attributes:
        waiting: name of the alarm on waiting jobs, a condition of other causes too.
    """

    def __init__(self, context: StackContext, queue: JobQueues) -> None:
        super().__init__(context, "stall-alarms")
        names = context.names
        waiting = self._condition(
            "waiting",
            names.waiting_alarm,
            f"In each of {MINUTES} minutes jobs waited.",
            **queue_metrics.waiting(queue).alarm_arguments(),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=MINUTES,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )
        none_done = self._condition(
            "none_done",
            names.none_done_alarm,
            f"For {MINUTES} minutes no job was done; normal without jobs.",
            **queue_metrics.deleted(queue).alarm_arguments(),
            statistic="Sum",
            period=_MINUTE,
            evaluation_periods=MINUTES,
            threshold=1,
            comparison_operator="LessThanThreshold",
            treat_missing_data="breaching",
        )
        stalled = self._composite(
            "stalled",
            names.stalled_alarm,
            f"Jobs wait and for {MINUTES} minutes none was done: no worker runs, or none makes progress.",
            f"ALARM({waiting.alarm_name}) AND ALARM({none_done.alarm_name})",
        )
        self.causes.append(f"ALARM({stalled.alarm_name})")
        self.arns.append(stalled.arn)
        self.waiting: str = waiting.alarm_name
