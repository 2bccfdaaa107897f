"""Predicted beside observed."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.validation.living import Lived
from benchmarks.validation.measuring import Costs
from ops.simulation.model import Setting
from ops.simulation.play import play
from ops.simulation.summary import Summary, percentile, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace

TOLERANCE = 0.15
"""How far mean and 95th percentile of the waits may be off, as a share of what was predicted."""

SIMULATED = 20
"""Runs, each with chances of its own: start times, and when alarms are looked at."""

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
    """One line: what all simulated runs come to on average, the least and the most of them, and what was observed."""

    name: str
    predicted: float
    least: float
    most: float
    observed: float
    is_judged: bool

    @property
    def difference(self) -> float:
        """Of the observed from the predicted, as a share of that; 0 where both are nothing."""
        if self.predicted == self.observed:
            return 0.0
        return (self.observed - self.predicted) / self.predicted if self.predicted else float("inf")

    @property
    def holds(self) -> bool:
        """Whether it is near enough, or isn't judged."""
        return not self.is_judged or abs(self.difference) <= TOLERANCE


def timings_here(costs: Costs) -> Timings:
    """The simulator's assumptions, but for what was measured, and for what doesn't happen here: Spot's interruptions,
    and a bill of at least a minute."""
    return replace(Timings(), boot=costs.boot, spot_interruptions=0.0, minimum_billed=0.0)


def predict(setting: Setting, trace: Trace, seconds: float, costs: Costs) -> list[Summary]:
    """The trace, simulated some times; every job lasts its own cost longer than its clip is held back."""
    whole = [(arrival, render + costs.job) for arrival, render in trace]
    timings = timings_here(costs)
    return [
        summarise(play(setting, whole, hours=seconds / 3600, seed=seed, timings=timings))
        for seed in range(1, SIMULATED + 1)
    ]


def compare(predicted: Sequence[Summary], lived: Lived) -> list[Figure]:
    """Figure by figure."""
    waits = sorted(lived.waits)
    observed = {
        "mean": statistics.fmean(waits),
        **{f"p{share}": percentile(waits, share / 100) for share in (50, 95, 99)},
        "longest": waits[-1],
        "minutes": lived.worker_seconds / 60,
    }
    figures = []
    for name, key, read in _FIGURES:
        values = [read(summary) for summary in predicted]
        figures.append(Figure(name, statistics.fmean(values), min(values), max(values), observed[key], key in _JUDGED))
    return figures


def table(figures: Sequence[Figure]) -> str:
    """As Markdown. A share is told of what was predicted to be a second or more."""
    lines = ["| | predicted (least to most of its runs) | observed | difference |", "|---|---|---|---|"]
    for one in figures:
        difference = f"{one.difference:+.0%}" if one.predicted >= 1 else f"{one.observed - one.predicted:+.1f} s"
        lines.append(
            f"| {one.name} | {one.predicted:.1f} ({one.least:.1f} to {one.most:.1f}) | {one.observed:.1f} "
            f"| {difference} |"
        )
    return "\n".join(lines) + "\n"
