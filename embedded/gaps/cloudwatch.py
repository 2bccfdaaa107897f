"""CloudWatch: composite alarms, and the evaluation of all alarms."""

import json
import time
from typing import Any, cast

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.sns.models import sns_backends

from embedded.alarms import AlarmEvaluator, Call
from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    create_composite_alarms()
    filter_alarms_by_type()
    evaluate_alarms()


def create_composite_alarms() -> None:
    """moto has no `PutCompositeAlarm`, although its `PutMetricAlarm` stores a rule.

    Without it, no composite alarm can be created.
    """

    def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
        answer: ActionResult = self.put_metric_alarm()
        return answer

    add(CloudWatchResponse, "put_composite_alarm", put_composite_alarm)
    # The name of the rule in the answer to `DescribeAlarms`.
    add(Alarm, "alarm_rule", property(lambda alarm: alarm.rule))


def filter_alarms_by_type() -> None:
    """moto ignores `AlarmTypes` and always returns alarms of both types. AWS returns metric alarms only, unless the
    request names other types.

    The provider requests a composite alarm by name and type.
    """

    def make(original: Function) -> Function:
        def describe_alarms(self: CloudWatchResponse) -> ActionResult:
            answer: ActionResult = original(self)
            wanted = self._get_param("AlarmTypes") or ["MetricAlarm"]
            found = cast(dict[str, Any], answer.result)
            for kind in ("MetricAlarm", "CompositeAlarm"):
                if kind not in wanted:
                    found[f"{kind}s"] = []
            return answer

        return describe_alarms

    wrap(CloudWatchResponse, "describe_alarms", make)


def evaluate_alarms() -> None:
    """moto evaluates no alarm: each is OK for ever, unless `SetAlarmState` says otherwise.

    Alarms are evaluated when they are described, by embedded/alarms.py, and notify their SNS topics of changes. AWS'
    own services publish no metrics here, so an alarm on a metric that nobody has put stays in INSUFFICIENT_DATA:
    otherwise alarms would ring that no worker runs, since the embedded ECS runs none.
    """
    add(CloudWatchBackend, "alarm_evaluator", None)

    def make(original: Function) -> Function:
        def describe_alarms(self: CloudWatchResponse) -> ActionResult:
            backend: Any = self.cloudwatch_backend
            backend.alarm_evaluator = backend.alarm_evaluator or AlarmEvaluator(backend)
            for call in backend.alarm_evaluator.evaluate(time.time(), only_published=True):
                _notify(call)
            answer: ActionResult = original(self)
            return answer

        return describe_alarms

    wrap(CloudWatchResponse, "describe_alarms", make)


def _notify(call: Call) -> None:
    """Publish an alarm's change if the action is an SNS topic; the embedded Auto Scaling doesn't scale."""
    _arn, _partition, service, region, account, *_name = call.action.split(":")
    if service == "sns":
        message = json.dumps({"AlarmName": call.alarm, "NewStateValue": call.state})
        sns_backends[account][region].publish(message, arn=call.action, subject=f"{call.state}: {call.alarm}")
