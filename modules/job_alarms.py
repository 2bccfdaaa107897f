"""When users are affected: the alarms on jobs, and the two that ring."""

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from modules import metrics
from modules.alarms import Alarms
from modules.bindings import aws
from modules.component import Component
from modules.interruption_alarms import InterruptionAlarms
from modules.metrics import Metric
from modules.names import Names
from modules.pool_alarms import PoolAlarms
from modules.queue import Queue
from modules.runbook import Runbook

WAIT_SECONDS = 60
"""The objective: nineteen users in twenty wait less for a worker. A worker starts in about as long."""

AGE_SECONDS = 900
"""Three tries of a job, each with a lease of 90 s that ran out and a render of minutes."""

SUCCESS_PERCENT = 80
"""Of at least five jobs ended in a quarter of an hour; below, it isn't one user's broken clip."""

FEWEST_FAILURES = 5

_MINUTE, _QUARTER = 60, 900


class JobAlarms(Component):
    """Five alarms that see, and two composite ones that ring: one fault, one message.

    Whoever is woken by *users affected* looks at the dashboard, whichever of its causes was first; further ones don't
    ring again. *Dead letters left* rings when the fault is over and jobs are left to send again, or for a single job.

    Params:
        alarms: the topic that is told, and the alarm on the dead-letter queue.
        queue: whose jobs.
        runbook: where people read what to do.
        more: further alarms that mean that users are, or soon will be, affected.

    Attributes:
        arns: all of ours, for the dashboard, those that ring first.
    """

    def __init__(
        self,
        scope: Construct,
        names: Names,
        alarms: Alarms,
        queue: Queue,
        runbook: Runbook,
        *,
        more: Sequence[PoolAlarms | InterruptionAlarms],
    ) -> None:
        super().__init__(scope, "job_alarms")
        self.tags = alarms.tags
        self._names, self._runbook, self._topic, self._queue = names, runbook, alarms.topic_arn, queue
        causes = [
            self._stalled(queue),
            self._wait(),
            self._age(queue),
            self._failures(),
            self._webhooks(),
        ]
        further = [name for alarms_of in more for name in alarms_of.names]
        affected = self._ring(
            "users_affected",
            "Users are affected: jobs wait, fail, or their end isn't told, or workers are missing or interrupted.",
            " OR ".join(f"ALARM({name})" for name in (*(cause.alarm_name for cause in causes), *further)),
        )
        left = self._ring(
            "dead_letters_left",
            "Jobs failed at every try and wait in the dead-letter queue, at most 14 days.",
            f"ALARM({alarms.dead_letter_alarm}) AND NOT ALARM({affected.alarm_name})",
        )
        self.arns: list[str] = [
            *(alarm.arn for alarm in (affected, left)),
            *(alarm.arn for alarm in causes),
            *(arn for alarms_of in more for arn in alarms_of.arns),
            alarms.dead_letter_alarm_arn,
        ]

    def _stalled(self, queue: Queue) -> Any:
        ended = ("completed", "failed", "retried")
        return self._calculated(
            "stalled",
            "Jobs wait and for ten minutes none has ended: no worker runs, or none gets anywhere.",
            {
                "visible": (metrics.waiting(queue), "Maximum"),
                **{name: (metrics.worker(self._queue, f"Jobs{name.capitalize()}"), "Sum") for name in ended},
            },
            f"IF((visible > 0) AND ({' + '.join(f'FILL({name}, 0)' for name in ended)} == 0), 1, 0)",
            period=_MINUTE,
            evaluation_periods=10,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
        )

    def _wait(self) -> Any:
        wait = metrics.worker(self._queue, "QueueWait")
        return self._alarm(
            "wait",
            f"One user in twenty waits longer than {WAIT_SECONDS} s for a worker.",
            namespace=wait.namespace,
            metric_name=wait.name,
            dimensions=dict(wait.dimensions),
            extended_statistic="p95",
            period=_MINUTE,
            evaluation_periods=5,
            datapoints_to_alarm=3,
            threshold=WAIT_SECONDS,
            comparison_operator="GreaterThanThreshold",
        )

    def _age(self, queue: Queue) -> Any:
        oldest = metrics.oldest(queue)
        return self._alarm(
            "age",
            f"A job isn't done {AGE_SECONDS // 60} minutes after it was sent.",
            namespace=oldest.namespace,
            metric_name=oldest.name,
            dimensions=dict(oldest.dimensions),
            statistic="Maximum",
            period=_MINUTE,
            evaluation_periods=3,
            threshold=AGE_SECONDS,
            comparison_operator="GreaterThanThreshold",
        )

    def _failures(self) -> Any:
        return self._calculated(
            "failure",
            f"Fewer than {SUCCESS_PERCENT} % of the jobs succeed, and {FEWEST_FAILURES} or more failed in 15 minutes.",
            {
                "completed": (metrics.worker(self._queue, "JobsCompleted"), "Sum"),
                "failed": (metrics.worker(self._queue, "JobsFailed"), "Sum"),
            },
            f"IF(failed >= {FEWEST_FAILURES}, 100 * FILL(completed, 0) / (FILL(completed, 0) + failed), 100)",
            period=_QUARTER,
            evaluation_periods=1,
            threshold=SUCCESS_PERCENT,
            comparison_operator="LessThanThreshold",
        )

    def _webhooks(self) -> Any:
        failures = metrics.worker(self._queue, "WebhookFailures")
        return self._alarm(
            "webhook",
            "The backend isn't told of finished jobs: five webhooks or more failed in 15 minutes.",
            namespace=failures.namespace,
            metric_name=failures.name,
            dimensions=dict(failures.dimensions),
            statistic="Sum",
            period=_QUARTER,
            evaluation_periods=1,
            threshold=FEWEST_FAILURES,
            comparison_operator="GreaterThanOrEqualToThreshold",
        )

    def _alarm(self, kind: str, meaning: str, **condition: Any) -> Any:
        """An alarm that sees and doesn't ring. No data means no jobs: nobody is affected."""
        field = f"{kind}_alarm"
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            kind,
            alarm_name=getattr(self._names, field),
            alarm_description=f"{meaning} {self._runbook.section(field)}",
            treat_missing_data="notBreaching",
            tags=self.tags,
            **condition,
        )

    def _calculated(
        self,
        kind: str,
        meaning: str,
        sources: Mapping[str, tuple[Metric, str]],
        expression: str,
        *,
        period: int,
        **condition: Any,
    ) -> Any:
        """An alarm on an expression over metrics, each with its statistic."""
        queries = [metric.query(name, stat, period) for name, (metric, stat) in sources.items()]
        result = aws.cloudwatch_metric_alarm.CloudwatchMetricAlarmMetricQuery(
            id="result", label=kind, expression=expression, return_data=True
        )
        return self._alarm(kind, meaning, metric_query=[*queries, result], **condition)

    def _ring(self, kind: str, meaning: str, rule: str) -> Any:
        field = f"{kind}_alarm"
        return aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
            self,
            kind,
            alarm_name=getattr(self._names, field),
            alarm_description=f"{meaning} {self._runbook.section(field)}",
            alarm_rule=rule,
            alarm_actions=[self._topic],
            ok_actions=[self._topic],
            tags=self.tags,
        )
