"""The base class of constructs with alarms."""

from typing import Any

from modules.monitoring.runbook import runbook_of
from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext


class MetricAlarms(Component):
    """Alarms whose descriptions link to the runbook. They send no notification: the composite alarms in job_alarms.py
    do, once per incident. The one in help_alarms.py is no cause, and notifies by itself.

    An alarm on metric math may only combine metrics that are published together. CloudWatch doesn't document what
    becomes of an expression if one of its metrics is missing, nor what `FILL` makes of a metric that has never had a
    datapoint. Conditions on metrics of different origin are alarms of their own, joined in a composite alarm's rule.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

    Params:
        name: the construct's id, and the `Component` tag of the alarms.

    Attributes:
        causes: for each cause that users are affected, the rule of a composite alarm on it.
        arns: of the alarms that the dashboard shows, in the order of their creation.
    """

    def __init__(self, context: StackContext, name: str) -> None:
        super().__init__(context, name)
        self._runbook = runbook_of(context)
        self.causes: list[str] = []
        self.arns: list[str] = []

    def _alarm(self, resource: str, name: str, meaning: str, *, only_while: str = "", **condition: Any) -> Any:
        """Add an alarm that is a cause; `only_while` is the name of an alarm that must be in alarm too."""
        alarm = self._condition(resource, name, meaning, **condition)
        rule = f"ALARM({alarm.alarm_name})"
        self.causes.append(f"({rule} AND ALARM({only_while}))" if only_while else rule)
        self.arns.append(alarm.arn)
        return alarm

    def _condition(
        self, resource: str, name: str, meaning: str, *, treat_missing_data: str = "notBreaching", **condition: Any
    ) -> Any:
        """Add an alarm that is no cause by itself. By default it treats missing data as no breach, because metrics of
        jobs have no data without jobs, and SQS sends none for a queue that was unused for six hours."""
        return aws.cloudwatch_metric_alarm.CloudwatchMetricAlarm(
            self,
            resource,
            alarm_name=name,
            alarm_description=self._runbook.description(meaning, name),
            treat_missing_data=treat_missing_data,
            tags=self.tags,
            **condition,
        )

    def _composite(self, resource: str, name: str, meaning: str, rule: str, **actions: Any) -> Any:
        """Add a composite alarm."""
        return aws.cloudwatch_composite_alarm.CloudwatchCompositeAlarm(
            self,
            resource,
            alarm_name=name,
            alarm_description=self._runbook.description(meaning, name),
            alarm_rule=rule,
            tags=self.tags,
            **actions,
        )
