"""The driver's Application Auto Scaling: step policies, their cooldowns, and the bounds of their target."""

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.validation.cloudwatch import UnsupportedRuleError


class StepPolicy:
    """A step scaling policy, as `DescribeScalingPolicies` describes it. Raises `UnsupportedRuleError` for any other.

    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.name: str = described["PolicyName"]
        configuration = described.get("StepScalingPolicyConfiguration", {})
        if configuration.get("AdjustmentType") not in {"ExactCapacity", "ChangeInCapacity"}:
            raise UnsupportedRuleError(f"{self.name}: the driver plays steps of ExactCapacity and ChangeInCapacity.")
        self._is_exact = configuration["AdjustmentType"] == "ExactCapacity"
        self._cooldown = float(configuration["Cooldown"])
        self._steps = [
            (
                float(step.get("MetricIntervalLowerBound", -math.inf)),
                float(step.get("MetricIntervalUpperBound", math.inf)),
                int(step["ScalingAdjustment"]),
            )
            for step in configuration["StepAdjustments"]
        ]
        if any(lower < 0 for lower, _, _ in self._steps):
            raise UnsupportedRuleError(f"{self.name}: the driver plays steps from the threshold upwards.")
        self._cooldown_until = -math.inf
        self._added = 0

    def wanted(self, now: float, breach: float, capacity: int) -> int:
        """The capacity that the policy sets where the metric is `breach` above the threshold.

        During the cooldown it removes nothing, and what it added since the beginning of the cooldown counts as part of
        the adjustment.
        """
        adjustment = next((change for lower, upper, change in self._steps if lower <= breach < upper), None)
        if adjustment is None:
            return capacity
        is_cooling = now < self._cooldown_until
        wanted = adjustment if self._is_exact else capacity - (self._added if is_cooling else 0) + adjustment
        return max(wanted, capacity) if is_cooling else wanted

    def changed(self, now: float, difference: int) -> None:
        """Begin the cooldown after this policy changed the capacity. Where the target's bounds leave nothing to change,
        there is no scaling activity and no cooldown."""
        is_cooling = now < self._cooldown_until
        self._added = max(difference, 0) + (self._added if is_cooling else 0)
        self._cooldown_until = now + self._cooldown


class ScalableTarget:
    """The service's desired count between its bounds, as `DescribeScalableTargets` describes them."""

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.minimum = int(described["MinCapacity"])
        self.maximum = int(described["MaxCapacity"])
        self.desired = self.minimum

    def act(self, policy: StepPolicy, now: float, breach: float) -> bool:
        """Let a policy set the desired count. Returns whether the count changed."""
        wanted = min(max(policy.wanted(now, breach, self.desired), self.minimum), self.maximum)
        difference = wanted - self.desired
        if difference:
            policy.changed(now, difference)
            self.desired = wanted
        return bool(difference)
