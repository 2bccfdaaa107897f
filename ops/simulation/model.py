"""What the simulator plays: one service's scaling, as it stands in AWS."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.simulation.expressions import Expression
from ops.simulation.schedules import ScheduledAction


@dataclass(frozen=True)
class Source:
    """A metric: its namespace, its name, and the statistic that is taken of each period."""

    namespace: str
    name: str
    statistic: str


@dataclass(frozen=True)
class Watched:
    """What an alarm or a tracking policy looks at: metrics by id, and what is calculated from them each period."""

    sources: Mapping[str, Source]
    expression: Expression
    period: int
    """Seconds: 10, 30, or a multiple of 60."""
    filled: frozenset[str] = frozenset()
    """Metrics whose missing datapoints the expression fills itself."""


@dataclass(frozen=True)
class Alarm:
    """A CloudWatch alarm."""

    name: str
    watched: Watched
    comparison: str
    """CloudWatch's word: `GreaterThanOrEqualToThreshold` and the like."""
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: str
    """`missing`, `ignore`, `breaching` or `notBreaching`."""
    actions: tuple[str, ...] = ()
    """Policies that it calls while in ALARM, by their Terraform names."""


@dataclass(frozen=True)
class Step:
    """One step of a policy; the bounds are distances from the alarm's threshold, None is infinity."""

    lower: float | None
    upper: float | None
    adjustment: int


@dataclass(frozen=True)
class StepPolicy:
    """A step scaling policy."""

    name: str
    adjustment_type: str
    """`ChangeInCapacity`, `PercentChangeInCapacity` or `ExactCapacity`."""
    steps: tuple[Step, ...]
    cooldown: float
    """Seconds."""
    aggregation: str = "Average"
    minimum_magnitude: int = 1


@dataclass(frozen=True)
class TrackingPolicy:
    """A target tracking policy; AWS makes its two alarms."""

    name: str
    watched: Watched
    target: float
    scale_out_cooldown: float
    scale_in_cooldown: float
    scales_in: bool = True


@dataclass(frozen=True)
class Provider:
    """One capacity provider of the service's strategy."""

    name: str
    base: int
    weight: int


@dataclass(frozen=True)
class WorkerSetting:
    """How a worker behaves, as far as scaling goes."""

    vcpu: float
    gigabytes: float
    architecture: str
    """`ARM64` or `X86_64`."""
    lease_seconds: float
    """How long SQS hides a received job from others."""
    renews_lease: bool
    max_receives: int
    """Times that a job is handed out before it goes to the dead-letter queue."""
    stop_timeout: float
    """Seconds from SIGTERM to SIGKILL."""
    protected: bool
    """Whether a busy worker is kept from scale-in."""
    hands_back: bool
    """Whether SIGTERM is heeded: a render finishes in time, or its job goes back to the queue at once."""
    region: str = "eu-west-1"
    """Whose prices are paid."""
    peak_seconds: float = 0.0
    """How long a worker remembers the most jobs it saw, for the metric PeakJobs, in seconds."""


@dataclass(frozen=True)
class Setting:
    """All that the simulator knows of a stack."""

    name: str
    minimum: int
    maximum: int
    worker: WorkerSetting
    providers: tuple[Provider, ...]
    alarms: tuple[Alarm, ...] = ()
    step_policies: Mapping[str, StepPolicy] = field(default_factory=dict)
    tracking_policies: tuple[TrackingPolicy, ...] = ()
    scheduled: tuple[ScheduledAction, ...] = ()
