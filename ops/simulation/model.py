"""The simulator's model of a stack: one service, its workers, and how it scales."""

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from ops.simulation.schedules import ScheduledAction
from ops.stack.expressions import Expression, compile_expression


@dataclass(frozen=True)
class MetricStat:
    """A CloudWatch metric, and the statistic that is calculated for each period."""

    namespace: str
    name: str
    statistic: str


@dataclass(frozen=True)
class MetricQuery:
    """What an alarm or a tracking policy reads: metrics by id, and the expression calculated for each period."""

    stats: Mapping[str, MetricStat]
    expression: Expression
    period: int
    """Length of a period in seconds: 10, 30, or a multiple of 60."""
    filled: frozenset[str] = frozenset()
    """Ids of the metrics whose missing datapoints the expression fills."""

    @classmethod
    def calculated(cls, stats: Mapping[str, MetricStat], expression: str, period: int) -> Self:
        """The query of a metric math expression over metrics by id. Raises `ExpressionError`."""
        filled = frozenset(re.findall(r"FILL\(\s*(\w+)", expression))
        return cls(stats, compile_expression(expression), period, filled)

    def value(self, values: Mapping[str, float | None], published: Container[str]) -> float | None:
        """The expression's value for one period; None where it has none.

        A missing metric makes the result missing, except where `FILL` replaces it; so does a division by zero. AWS
        doesn't say what `FILL` makes of a metric that never had a datapoint: here it makes nothing of it, which is the
        worse case for an alarm.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html

        Params:
            values: the metrics' values by id, None where missing.
            published: ids of the metrics that have ever had a datapoint.
        """
        for name, value in values.items():
            if value is None and not (name in self.filled and name in published):
                return None
        try:
            return float(self.expression(values))
        except ZeroDivisionError:
            return None


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm."""

    name: str
    query: MetricQuery
    comparison: str
    """CloudWatch's comparison operator, such as `GreaterThanOrEqualToThreshold`."""
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: str
    """`missing`, `ignore`, `breaching` or `notBreaching`."""
    actions: tuple[str, ...] = ()
    """Terraform names of the policies that it calls while in ALARM."""


@dataclass(frozen=True)
class StepAdjustment:
    """One step of a step scaling policy; the bounds are distances from the alarm's threshold, None is infinity."""

    lower: float | None
    upper: float | None
    adjustment: int


@dataclass(frozen=True)
class StepPolicy:
    """A step scaling policy."""

    name: str
    adjustment_type: str
    """`ChangeInCapacity`, `PercentChangeInCapacity` or `ExactCapacity`."""
    steps: tuple[StepAdjustment, ...]
    cooldown: float
    """Cooldown in seconds."""
    aggregation: str = "Average"
    minimum_magnitude: int = 1


@dataclass(frozen=True)
class TrackingPolicy:
    """A target tracking policy; AWS creates its two alarms."""

    name: str
    query: MetricQuery
    target: float
    scale_out_cooldown: float
    scale_in_cooldown: float
    scales_in: bool = True


@dataclass(frozen=True)
class CapacityProvider:
    """One capacity provider of the service's strategy."""

    name: str
    base: int
    weight: int


@dataclass(frozen=True)
class WorkerModel:
    """The size of a worker, and its behavior as far as scaling depends on it."""

    vcpu: float
    gigabytes: float
    architecture: str
    """`ARM64` or `X86_64`."""
    lease_seconds: float
    """Visibility timeout of a received job, in seconds."""
    renews_lease: bool
    max_receives: int
    """Receives of a job before it goes to the dead-letter queue."""
    stop_timeout: float
    """Time from SIGTERM to SIGKILL, in seconds."""
    protected: bool
    """Whether a busy worker has scale-in protection."""
    returns_jobs: bool
    """Whether the worker handles SIGTERM: its render finishes in time, or its job goes back to the queue at once."""
    region: str = "eu-west-1"
    """AWS region, for the prices."""
    peak_seconds: float = 0.0
    """Window over which a worker takes the maximum for the metric PeakJobs, in seconds."""
    helpers: bool = False
    """Whether idle workers render parts of other workers' jobs."""


@dataclass(frozen=True)
class StackModel:
    """One stack, as the simulator sees it."""

    name: str
    minimum: int
    maximum: int
    worker: WorkerModel
    providers: tuple[CapacityProvider, ...]
    alarms: tuple[Alarm, ...] = ()
    step_policies: Mapping[str, StepPolicy] = field(default_factory=dict)
    tracking_policies: tuple[TrackingPolicy, ...] = ()
    scheduled: tuple[ScheduledAction, ...] = ()

    def with_helpers(self, helpers: bool) -> Self:
        """The same stack, whose idle workers help or don't."""
        return replace(self, worker=replace(self.worker, helpers=helpers))
