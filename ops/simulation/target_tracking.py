"""Target tracking: the two alarms that AWS creates, and the capacity that they set.

- It scales out after three datapoints above the target, and in after fifteen below nine tenths of it, one per minute;
  missing data changes nothing.
  https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
- The capacity is the one that brings the metric to its target, rounded up.
- The cooldown after scaling out allows only a larger scaling out; the one after scaling in blocks scaling in.
  https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

import math

from ops.simulation.model import Alarm, TrackingPolicy

OUT_DATAPOINTS, IN_DATAPOINTS = 3, 15
IN_SHARE = 0.9


class TargetTracking:
    """The state of one target tracking policy: its alarms and its cooldowns."""

    def __init__(self, policy: TrackingPolicy) -> None:
        self.policy = policy
        self._out_until = self._in_until = float("-inf")
        self._reached = 0

    def alarms(self) -> list[Alarm]:
        """The alarm above the target, then the one below."""
        high = Alarm(
            name=f"{self.policy.name}-AlarmHigh",
            query=self.policy.query,
            comparison="GreaterThanThreshold",
            threshold=self.policy.target,
            evaluation_periods=OUT_DATAPOINTS,
            datapoints_to_alarm=OUT_DATAPOINTS,
            missing="missing",
            actions=(self.policy.name,),
        )
        low = Alarm(
            name=f"{self.policy.name}-AlarmLow",
            query=self.policy.query,
            comparison="LessThanThreshold",
            threshold=self.policy.target * IN_SHARE,
            evaluation_periods=IN_DATAPOINTS,
            datapoints_to_alarm=IN_DATAPOINTS,
            missing="missing",
            actions=(self.policy.name,),
        )
        return [high, low] if self.policy.scales_in else [high]

    def capacity(self, now: float, metric: float, current: int, running: int) -> int:
        """The capacity that brings `metric`, measured with `running` workers, to the target."""
        wanted = math.ceil(max(running, 1) * metric / self.policy.target)
        if wanted > current:
            if now < self._out_until and wanted <= self._reached:
                return current
            self._out_until, self._reached = now + self.policy.scale_out_cooldown, wanted
            self._in_until = float("-inf")
            return wanted
        if wanted < current and self.policy.scales_in and now >= max(self._in_until, self._out_until):
            self._in_until = now + self.policy.scale_in_cooldown
            return wanted
        return current
