"""A worker, and what all of them together come to."""

from dataclasses import dataclass, field

from ops.simulation.jobs import Job


@dataclass(eq=False, slots=True)
class Worker:
    """One task, from its launch to its end."""

    provider: str
    billed_from: float | None = None
    takes_jobs: bool = False
    job: Job | None = None
    stopping: bool = False
    ended: bool = False
    beat: float | None = None
    """The moment in each period at which it counts jobs; see `heartbeat.py`."""


@dataclass
class Ledger:
    """What is counted as the fleet runs."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Billed seconds by capacity provider."""
    killed: int = 0
    """Renders that scale-in ended."""
    interrupted: int = 0
    """Renders that a Spot interruption ended, and whose jobs went back at once."""
    starts: int = 0
    stops: int = 0
    peak: int = 0
