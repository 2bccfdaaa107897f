"""Step scaling: the capacity that a policy sets for a breach of its alarm.

- A step applies from its lower bound, inclusive, to its upper, exclusive, as distances from the threshold; below the
  threshold the other way round.
- A percentage is rounded away from zero below 1, towards zero above; `MinAdjustmentMagnitude` is the least change.
  https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html
- During the cooldown after scaling out, what was added then counts as part of what is asked for now; scaling in waits
  for its end, unless something scaled out in between. Only a scaling activity begins it, and there is none where the
  target's bounds leave nothing to change.
  https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
"""

import math
from collections.abc import Callable, Mapping, Sequence

from ops.simulation.model import StepPolicy

_AGGREGATE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: sum(values) / len(values),
}


Bounds = tuple[float, float]
"""Minimum and maximum capacity of a scalable target."""

UNBOUNDED: Bounds = (0, math.inf)


class StepScaling:
    """The state of one step scaling policy: its cooldown."""

    def __init__(self, policy: StepPolicy) -> None:
        self.policy = policy
        self._until = float("-inf")
        self._direction = 0
        self._before = 0

    def capacity(
        self, now: float, threshold: float, datapoints: Sequence[float], current: int, bounds: Bounds = UNBOUNDED
    ) -> int:
        """The capacity that the policy sets where it is `current` now, within the target's bounds."""
        value = _AGGREGATE[self.policy.aggregation](datapoints)
        adjustment = self._adjustment(value - threshold)
        if adjustment is None or (adjustment == 0 and self.policy.adjustment_type != "ExactCapacity"):
            return current
        cooling = now < self._until
        if cooling and self._direction > 0:
            # The adjustment applies to the capacity before the cooldown, so that the same step isn't taken twice.
            wanted = within(bounds, self._adjusted(self._before, adjustment))
            return self._start_cooldown(now, self._before, wanted) if wanted > current else current
        wanted = within(bounds, self._adjusted(current, adjustment))
        if cooling and wanted < current:
            return current
        return self._start_cooldown(now, current, wanted) if wanted != current else current

    def _adjustment(self, breach: float) -> int | None:
        for step in self.policy.steps:
            lower = -math.inf if step.lower is None else step.lower
            upper = math.inf if step.upper is None else step.upper
            # At the threshold itself both bounds are inclusive: it breaches "at or above" and "at or below" alike.
            # https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html
            above_lower = lower < breach if breach < 0 else lower <= breach
            below_upper = breach < upper if breach > 0 else breach <= upper
            if above_lower and below_upper:
                return step.adjustment
        return None

    def _adjusted(self, current: int, adjustment: int) -> int:
        if self.policy.adjustment_type == "ExactCapacity":
            return adjustment
        if self.policy.adjustment_type == "ChangeInCapacity":
            return current + adjustment
        change = current * adjustment / 100
        whole = math.trunc(change) if abs(change) >= 1 else int(math.copysign(1, change))
        if abs(whole) < self.policy.minimum_magnitude:
            whole = int(math.copysign(self.policy.minimum_magnitude, whole))
        return current + whole

    def _start_cooldown(self, now: float, before: int, wanted: int) -> int:
        self._until = now + self.policy.cooldown
        self._direction = 1 if wanted > before else -1
        self._before = before
        return wanted


def within(bounds: Bounds, capacity: int) -> int:
    """A capacity, cut off at the target's bounds: they apply to every policy.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    """
    return int(min(max(capacity, bounds[0]), bounds[1]))
