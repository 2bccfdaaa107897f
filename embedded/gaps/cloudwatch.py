"""CloudWatch: composite alarms."""

from typing import Any, cast

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    take_composite_alarms()
    tell_composite_alarms_by_type()


def take_composite_alarms() -> None:
    """moto has no `PutCompositeAlarm`, though its `PutMetricAlarm` keeps a rule where it is given one.

    Without it no composite alarm can be made. The rule isn't evaluated, as no alarm's condition is.
    """

    def put_composite_alarm(self: CloudWatchResponse) -> ActionResult:
        answer: ActionResult = self.put_metric_alarm()
        return answer

    add(CloudWatchResponse, "put_composite_alarm", put_composite_alarm)
    # What the answer to `DescribeAlarms` calls a composite alarm's rule.
    add(Alarm, "alarm_rule", property(lambda alarm: alarm.rule))


def tell_composite_alarms_by_type() -> None:
    """moto ignores `AlarmTypes`, and tells composite alarms to whoever asks for none by type; AWS tells metric alarms
    alone.

    The provider asks for a composite alarm by name and type.
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
