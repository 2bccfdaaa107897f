"""The alarm on videos that idle workers have rendered parts of, and that had to be rendered again."""

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring.alarms import Alarms
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.context import StackContext

HOURS = 24
"""Hours that the alarm lasts, so that a flaw of the worker that costs several jobs a day notifies once a day."""


class HelpAlarms(MetricAlarms):
    """A video that was joined from several workers' parts could not be used, so its worker rendered the job whole.

    The user gets the right video, only later. So it is no cause of *users affected*, which notifies of no further
    incident while it is in alarm: this alarm, which lasts a day, notifies by itself.

    Params:
        alarms: the topic that is notified.
        queue: the queue of the jobs.
    """

    def __init__(self, context: StackContext, alarms: Alarms, queue: JobQueues) -> None:
        super().__init__(context, "help-alarms")
        alarm = self._condition(
            "help_failed",
            context.names.help_failed_alarm,
            "A video that several workers made could not be used, and was rendered again by one: workers have a flaw.",
            **queue_metrics.worker(queue, "HelpFailed").alarm_arguments(),
            statistic="Sum",
            period=3600,
            evaluation_periods=HOURS,
            datapoints_to_alarm=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            alarm_actions=[alarms.topic_arn],
        )
        self.arns.append(alarm.arn)
