"""CloudWatch alarms: when they change their state, and when they call their actions.

- An alarm with a period below a minute is evaluated every 10 s, any other every minute; M of N datapoints must breach.
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
- Where datapoints are missing, CloudWatch looks further back, then fills them as the alarm says.
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
- An Auto Scaling action is called when the state changes, and then once a minute as long as the state stays.
  https://repost.aws/knowledge-center/autoscaling-policy-cloudwatch-alarm
"""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from ops.simulation.model import Alarm

ACTION_SECONDS = 60.0
EXTRA_PERIODS = 2
"""Periods that CloudWatch reads beyond N where datapoints are missing: its own example reads 5 for 3."""

_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class AlarmState:
    """The state of one alarm; INSUFFICIENT_DATA at first, as in CloudWatch."""

    def __init__(self, alarm: Alarm) -> None:
        self.alarm = alarm
        self.state = "INSUFFICIENT_DATA"
        self._called = float("-inf")

    @property
    def interval(self) -> int:
        """Time between two evaluations, in seconds."""
        return 10 if self.alarm.query.period < 60 else 60

    @property
    def reach(self) -> int:
        """Number of periods that an evaluation reads."""
        return self.alarm.evaluation_periods + EXTRA_PERIODS

    def evaluate(self, now: float, datapoints: Iterable[float | None]) -> list[float]:
        """Evaluate the datapoints of the last `reach` periods, newest first.

        Returns the evaluated datapoints if the alarm's actions are called now, else an empty list.
        """
        found = list(islice((value for value in datapoints if value is not None), self.alarm.evaluation_periods))
        before, self.state = self.state, self._state_for(found)
        if self.state != "ALARM" or not found:
            return []
        if before == "ALARM" and now - self._called < ACTION_SECONDS:
            return []
        self._called = now
        return found

    def _state_for(self, found: Sequence[float]) -> str:
        alarm = self.alarm
        compare = _COMPARE[alarm.comparison]
        breaching = sum(compare(value, alarm.threshold) for value in found)
        lacking = alarm.evaluation_periods - len(found)
        if breaching >= alarm.datapoints_to_alarm:
            return "ALARM"
        if lacking <= 0 or alarm.missing == "notBreaching":
            return "OK"
        if alarm.missing == "breaching":
            return "ALARM" if breaching + lacking >= alarm.datapoints_to_alarm else "OK"
        if breaching < len(found):  # a datapoint is within the threshold, and too few breach
            return "OK"
        if alarm.missing == "ignore":
            return self.state
        return "ALARM" if found else "INSUFFICIENT_DATA"
