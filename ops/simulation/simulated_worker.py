"""One simulated worker, and the counts over all of them."""

from dataclasses import dataclass, field

from ops.simulation.jobs import Job
from ops.simulation.peak_jobs import Counter


@dataclass(eq=False, slots=True)
class SimulatedWorker:
    """One Fargate task, from its launch to its end."""

    provider: str
    billed_from: float | None = None
    takes_jobs: bool = False
    job: Job | None = None
    stopping: bool = False
    ended: bool = False
    counter: Counter | None = None
    """What it has counted of the queue's jobs."""


@dataclass
class TaskCounter:
    """Counts of a run."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Billed seconds by capacity provider."""
    killed: int = 0
    """Renders that scale-in ended."""
    interrupted: int = 0
    """Renders that a Spot interruption ended, and whose jobs went back at once."""
    added_by: dict[str, int] = field(default_factory=dict)
    """Workers that were asked for, by the alarm whose action asked."""
    starts: int = 0
    stops: int = 0
    peak: int = 0
    helped_jobs: int = 0
    """Jobs of which at least one part was offered to an idle worker."""
    parts_rendered: int = 0
    """Parts that helpers finished."""
    parts_dropped: int = 0
    """Parts whose helpers got a job, or were stopped."""
    parts_taken_over: int = 0
    """Parts that a coordinator took from a helper which it would overtake."""
