"""Alarms on jobs, and the two composite alarms that notify the operators."""

from collections.abc import Sequence

from modules.data import queue_metrics
from modules.data.job_queues import JobQueues
from modules.monitoring.alarms import Alarms
from modules.monitoring.metric_alarms import MetricAlarms
from modules.terraform.bindings import aws
from modules.terraform.context import StackContext
from modules.terraform.metric import Metric

WAIT_SECONDS = 60
"""Objective: 95 % of users wait less for a worker, in seconds. A worker starts in about the same time."""

AGE_SECONDS = 900
"""Oldest age of a job, in seconds: three tries, each with an expired lease of 90 s and a render of minutes."""

SUCCESS_PERCENT = 80
"""Objective: jobs that succeed, in percent of at least five that ended within 15 minutes. A lower share is not the
broken clip of a single user."""

FEWEST_FAILURES = 5
"""Fewest failures within 15 minutes for the alarms on failed jobs and on failed webhooks."""

FEWEST_UNEXPECTED = 3
"""Fewest unexpected errors within 15 minutes for their alarm: as many as one job causes at its tries. A single one
is on the dashboard and in the log."""

_MINUTE, _QUARTER, _HOUR = 60, 900, 3600


class JobAlarms(MetricAlarms):
    """Seven alarms on jobs, and two composite alarms that notify the operators, so that an incident notifies once.

    *Users affected* combines all causes: whichever comes first notifies, and further ones don't. *Dead letters left*
    notifies after the incident, when jobs remain in the dead-letter queue, and for single jobs.

    Params:
        alarms: the topic that is notified, and the alarm on the dead-letter queue.
        queue: the queue of the jobs.
        causes: further alarms that mean that users are, or soon will be, affected.

    Attributes:
        all_arns: the ARNs of the notifying alarms, their causes and the alarm on dead letters, for the dashboard.
    """

    def __init__(
        self, context: StackContext, alarms: Alarms, queue: JobQueues, *, causes: Sequence[MetricAlarms]
    ) -> None:
        # These alarms have the topic's Component tag, and the construct's id an underscore where others have a hyphen.
        # Both are kept, because correcting them would change tags in AWS.
        super().__init__(context, "job_alarms")
        self.tags = alarms.tags
        self._queue = queue
        names = context.names
        self._add_wait(names.wait_alarm)
        self._add_age(names.age_alarm)
        self._add_failures(names.failure_alarm)
        self._add_webhooks(names.webhook_alarm)
        self._add_not_notified(names.not_notified_alarm)
        self._add_unexpected(names.unexpected_alarm)
        self._add_paused(names.paused_alarm)
        all_causes = [*causes, self]
        notified = {"alarm_actions": [alarms.topic_arn], "ok_actions": [alarms.topic_arn]}
        affected = self._composite(
            "users_affected",
            names.users_affected_alarm,
            "Users are affected: jobs wait, fail, or their end isn't told, or workers are missing or interrupted.",
            " OR ".join(rule for each in all_causes for rule in each.causes),
            **notified,
        )
        left = self._composite(
            "dead_letters_left",
            names.dead_letters_left_alarm,
            "Jobs failed at every try and wait in the dead-letter queue, at most 14 days.",
            f"ALARM({alarms.dead_letter_alarm}) AND NOT ALARM({affected.alarm_name})",
            **notified,
        )
        self.all_arns: list[str] = [
            affected.arn,
            left.arn,
            *(arn for each in all_causes for arn in each.arns),
            alarms.dead_letter_alarm_arn,
        ]

    def _worker(self, name: str) -> Metric:
        return queue_metrics.worker(self._queue, name)

    def _add_wait(self, name: str) -> None:
        self._alarm(
            "wait",
            name,
            f"One user in twenty waits longer than {WAIT_SECONDS} s for a worker.",
            **self._worker("QueueWait").alarm_arguments(),
            extended_statistic="p95",
            period=_MINUTE,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            threshold=WAIT_SECONDS,
            comparison_operator="GreaterThanThreshold",
        )

    def _add_age(self, name: str) -> None:
        self._alarm(
            "age",
            name,
            f"A job isn't done {AGE_SECONDS // 60} minutes after it was sent.",
            **queue_metrics.oldest(self._queue).alarm_arguments(),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=3,
            threshold=AGE_SECONDS,
            comparison_operator="GreaterThanThreshold",
        )

    def _add_failures(self, name: str) -> None:
        # A worker publishes both counts at the end of each job, one of them 0: neither is missing without the other.
        completed, failed = self._worker("JobsCompleted"), self._worker("JobsFailed")
        self._alarm(
            "failure",
            name,
            f"Fewer than {SUCCESS_PERCENT} % of the jobs succeed, and {FEWEST_FAILURES} or more failed in 15 minutes.",
            metric_query=[
                completed.query("completed", "Sum", _QUARTER),
                failed.query("failed", "Sum", _QUARTER),
                aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
                    id="result",
                    label="failure",
                    expression=f"IF(failed >= {FEWEST_FAILURES}, 100 * completed / (completed + failed), 100)",
                    return_data=True,
                ),
            ],
            evaluation_periods=1,
            threshold=SUCCESS_PERCENT,
            comparison_operator="LessThanThreshold",
        )

    def _add_webhooks(self, name: str) -> None:
        self._alarm(
            "webhook",
            name,
            "The backend isn't told of finished jobs: five webhooks or more failed in 15 minutes.",
            **self._worker("WebhookFailures").alarm_arguments(),
            statistic="Sum",
            period=_QUARTER,
            evaluation_periods=1,
            threshold=FEWEST_FAILURES,
            comparison_operator="GreaterThanOrEqualToThreshold",
        )

    def _add_not_notified(self, name: str) -> None:
        self._alarm(
            "not_notified",
            name,
            "A job has ended and has no receiver: neither the job nor the deployment names one.",
            **self._worker("EndsNotNotified").alarm_arguments(),
            statistic="Sum",
            period=_QUARTER,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )

    def _add_unexpected(self, name: str) -> None:
        self._alarm(
            "unexpected",
            name,
            f"Workers have a flaw: {FEWEST_UNEXPECTED} errors or more within 15 minutes that no code expects.",
            **self._worker("UnexpectedErrors").alarm_arguments(),
            statistic="Sum",
            period=_QUARTER,
            evaluation_periods=1,
            threshold=FEWEST_UNEXPECTED,
            comparison_operator="GreaterThanOrEqualToThreshold",
        )

    def _add_paused(self, name: str) -> None:
        # Each worker publishes 1 during a pause, and nothing else; in a pause of a fleet of zero there is no data.
        period = 5 * _MINUTE
        self._alarm(
            "paused",
            name,
            "An operator paused the fleet an hour ago or more: no worker takes a job.",
            **self._worker("Paused").alarm_arguments(),
            statistic="Maximum",
            period=period,
            evaluation_periods=_HOUR // period,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )
