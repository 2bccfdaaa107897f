"""Compares the observation of a run with its prediction."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.validation.calibration import Overheads
from benchmarks.validation.live_run import Observation
from ops.simulation.model import StackModel
from ops.simulation.simulator import run_simulation
from ops.simulation.summary import Summary, percentile, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

TOLERANCE = 0.15
"""Largest difference of the waits' mean and 95th percentile, as a share of the prediction."""

SIMULATED = 20
"""Number of simulations, each with its own random start times and evaluation times of alarms."""

_FIGURES: Sequence[tuple[str, str, Callable[[Summary], float]]] = (
    ("mean wait, s", "mean", lambda summary: summary.wait_mean),
    ("p50, s", "p50", lambda summary: summary.wait_p50),
    ("p95, s", "p95", lambda summary: summary.wait_p95),
    ("p99, s", "p99", lambda summary: summary.wait_p99),
    ("longest, s", "longest", lambda summary: summary.wait_max),
    ("worker-minutes", "minutes", lambda summary: summary.worker_hours * 60),
)
_JUDGED = {"mean", "p95"}


@dataclass(frozen=True)
class Figure:
    """One line of the table: mean, minimum and maximum of all simulations, and the observed value."""

    name: str
    predicted: float
    least: float
    most: float
    observed: float
    is_judged: bool

    @property
    def difference(self) -> float:
        """Relative difference of the observed from the predicted value; 0 where both are 0."""
        if self.predicted == self.observed:
            return 0.0
        return (self.observed - self.predicted) / self.predicted if self.predicted else float("inf")

    @property
    def holds(self) -> bool:
        """Whether the difference is within the tolerance, or isn't judged."""
        return not self.is_judged or abs(self.difference) <= TOLERANCE


def timings_here(overheads: Overheads) -> Timings:
    """The simulator's assumptions, with the measured start time, and without Spot interruptions and minimum billing."""
    return replace(Timings(), boot=overheads.boot, spot_interruptions=0.0, minimum_billed=0.0)


def predict(model: StackModel, trace: Trace, seconds: float, overheads: Overheads) -> list[Summary]:
    """Simulate the trace several times; each job lasts its overhead longer than the delay of its clip."""
    whole = [(arrival, render + overheads.job) for arrival, render in trace]
    timings = timings_here(overheads)
    return [
        summarise(run_simulation(model, whole, hours=seconds / 3600, seed=seed, timings=timings))
        for seed in range(1, SIMULATED + 1)
    ]


def compare(predicted: Sequence[Summary], observation: Observation) -> list[Figure]:
    """Compare figure by figure."""
    waits = sorted(observation.waits)
    observed = {
        "mean": statistics.fmean(waits),
        **{f"p{share}": percentile(waits, share / 100) for share in (50, 95, 99)},
        "longest": waits[-1],
        "minutes": observation.worker_seconds / 60,
    }
    figures = []
    for name, key, read in _FIGURES:
        values = [read(summary) for summary in predicted]
        figures.append(Figure(name, statistics.fmean(values), min(values), max(values), observed[key], key in _JUDGED))
    return figures


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown. The difference is relative where the prediction is a second or more."""
    lines = ["| | predicted (least to most of its runs) | observed | difference |", "|---|---|---|---|"]
    for one in figures:
        difference = f"{one.difference:+.0%}" if one.predicted >= 1 else f"{one.observed - one.predicted:+.1f} s"
        lines.append(
            f"| {one.name} | {one.predicted:.1f} ({one.least:.1f} to {one.most:.1f}) | {one.observed:.1f} "
            f"| {difference} |"
        )
    return "\n".join(lines) + "\n"
