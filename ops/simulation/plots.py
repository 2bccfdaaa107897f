"""Draws simulation results: a day of workers and waits, and waits against cost.

The colors are Okabe and Ito's, which are distinct for people with red-green color blindness.
https://jfly.uni-koeln.de/color/
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ops.simulation.simulator import SimulationResult
from ops.simulation.summary import Summary, summarise

BLUE, SKY, ORANGE, RED, GREY = "#0072B2", "#56B4E9", "#E69F00", "#D55E00", "#777777"
LEAST_WAIT = 0.05
"""Shortest wait that is drawn, in seconds: a logarithmic axis has no zero."""
_SHORT_RUN_SECONDS = 3 * 3600
"""Runs up to this long have an axis of minutes: tenths of an hour say nothing to people."""

_LABEL_POINTS = 14
"""Room that a label needs, in points."""

_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "legend.frameon": False,
    "svg.hashsalt": "hospup-video",  # the same picture is the same file
}


def save(figure: Figure, path: Path) -> list[Path]:
    """Write a figure as PNG and as SVG, whatever suffix `path` has. Raises `OSError`."""
    written = []
    for suffix in (".png", ".svg"):
        target = path.with_suffix(suffix)
        with mpl.rc_context(_STYLE):
            figure.savefig(target, dpi=150, metadata={"Date": None} if suffix == ".svg" else {"Software": None})
        written.append(target)
    return written


def over_time(result: SimulationResult, title: str) -> Figure:
    """Desired, running and busy workers above; the waits of the jobs that arrived at that time below."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5.2), layout="constrained")
        workers, waits = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
        unit, size = ("minute", 60.0) if result.seconds <= _SHORT_RUN_SECONDS else ("hour", 3600.0)
        _workers(workers, result, size)
        _waits(waits, result, size)
        waits.set_xlabel(unit)
        summary = summarise(result)
        figure.suptitle(
            f"{title}: {summary.jobs:,} jobs, p95 {summary.wait_p95:.1f} s, p99 {summary.wait_p99:.1f} s, "
            f"{summary.worker_hours:.0f} worker-hours, {summary.killed} killed",
            x=0.01,
            ha="left",
            fontsize=11,
        )
    return figure


def _workers(axes: Axes, result: SimulationResult, unit: float) -> None:
    """A sample holds until the next, and the last one to the end of the run. `unit` is the axis', in seconds."""
    times = [*(sample.second / unit for sample in result.samples), result.seconds / unit]
    samples = [*result.samples, *result.samples[-1:]]
    axes.fill_between(
        times, [sample.busy for sample in samples], color=SKY, linewidth=0, step="post", label="rendering"
    )
    running = [sample.running for sample in samples]
    axes.plot(times, running, color=BLUE, linewidth=1.2, drawstyle="steps-post", label="running")
    for level, name in ((result.model.minimum, "pool"), (result.model.maximum, "maximum")):
        axes.axhline(level, color=GREY, linestyle=":", linewidth=1, zorder=0)
        axes.annotate(name, (1, level), (4, 0), axes.get_yaxis_transform(), "offset points", va="center", color=GREY)
    axes.set_title("Workers")
    axes.set_ylim(0, result.model.maximum * 1.2)
    axes.legend(loc="upper left", ncols=2)


def _waits(axes: Axes, result: SimulationResult, unit: float) -> None:
    """One dot per job that had to wait. `unit` is the axis', in seconds."""
    waits = [
        (job.arrived / unit, job.waited if job.waited >= 0 else result.seconds - job.arrived) for job in result.jobs
    ]
    late = [(time, wait) for time, wait in waits if wait >= LEAST_WAIT]
    axes.scatter([time for time, _ in late], [wait for _, wait in late], s=4, color=RED, linewidths=0, rasterized=True)
    axes.set_yscale("log")
    axes.set_ylim(LEAST_WAIT * 0.8, max(3600 * 1.3, *(wait * 1.3 for _, wait in late)) if late else 3600)
    _seconds(axes.yaxis, LEAST_WAIT * 1.01)
    axes.set_title(f"Waits: a dot for each of the {len(late):,} jobs that didn't begin at once")
    axes.set_xlim(0, result.seconds / unit)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=12, steps=[1, 2, 3, 6, 10]))
    axes.grid(axis="y", color="#eeeeee")
    axes.set_axisbelow(True)


def times_to_video(runs: Mapping[str, SimulationResult], title: str) -> Figure:
    """The share of jobs whose video is there within a time, a line per run.

    Params:
        runs: four runs at most, by their labels.
        title: what was played.
    """
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 4), layout="constrained")
        axes = figure.subplots()
        for (label, result), color in zip(runs.items(), (BLUE, RED, ORANGE, SKY), strict=False):
            times = sorted(job.took for job in result.jobs if job.took >= 0)
            shares = [100 * (number + 1) / len(result.jobs) for number in range(len(times))]
            axes.plot(times, shares, color=color, linewidth=1.6, label=label)
        axes.set_xlim(0, 70)
        axes.set_ylim(0, 100)
        axes.set_xlabel("seconds from the message to the video")
        axes.set_ylabel("% of jobs")
        axes.set_title(f"{title}: time to video")
        axes.grid(color="#eeeeee")
        axes.set_axisbelow(True)
        axes.legend(loc="lower right")
    return figure


def against_cost(
    front: Mapping[str, Summary], today: Summary, others: Sequence[Summary], title: str, *, share: str = "p99"
) -> Figure:
    """Waits against dollars: our pool sizes as a line, today's marked, others as points.

    Params:
        front: a summary for each pool size, by its label.
        today: the stack as it is deployed.
        others: other policies.
        share: `p95` or `p99`.
    """

    def wait(summary: Summary) -> float:
        return max(summary.wait_p95 if share == "p95" else summary.wait_p99, LEAST_WAIT)

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(9, 5), layout="constrained")
        axes = figure.subplots()
        ordered = sorted(front.items(), key=lambda item: item[1].usd)
        axes.plot(
            [one.usd for _, one in ordered],
            [wait(one) for _, one in ordered],
            color=BLUE,
            marker="o",
            markersize=4,
            label="ours, by warm_pool_size",
        )
        axes.plot(today.usd, wait(today), "o", markersize=13, color="none", markeredgecolor=RED, markeredgewidth=2)
        axes.annotate(
            "today",
            (today.usd, wait(today)),
            (-12, -16),
            textcoords="offset points",
            color=RED,
            ha="right",
            fontweight="bold",
        )
        for one in others:
            axes.plot(one.usd, wait(one), "D", color=ORANGE, markersize=5)
            killed = f" ({one.killed} killed)" if one.killed else ""
            axes.annotate(
                f"{one.policy}{killed}",
                (one.usd, wait(one)),
                (6, 0),
                textcoords="offset points",
                color=GREY,
                va="center",
                fontsize=8,
            )
        axes.set_yscale("log")
        axes.set_xlim(left=0)
        _seconds(axes.yaxis)
        for point, labels in _together(axes, {label: (one.usd, wait(one)) for label, one in ordered}).items():
            axes.annotate(", ".join(labels), point, (3, 6), textcoords="offset points", color=BLUE, fontsize=8)
        axes.set_xlabel("dollars per day, for vCPU and memory")
        axes.set_title(f"{title}: the wait that {share[1:]} of 100 jobs don't exceed")
        axes.legend(loc="center right")
    return figure


def _together(axes: Axes, points: Mapping[str, tuple[float, float]]) -> Mapping[tuple[float, float], Sequence[str]]:
    """The labels by the point at which they are written: those of points too close for a label each share one."""
    least = _LABEL_POINTS / 72 * axes.figure.dpi
    places: dict[tuple[float, float], list[str]] = {}
    for label, point in points.items():
        here = axes.transData.transform(point)
        near = (place for place in places if abs(axes.transData.transform(place) - here).max() < least)
        places.setdefault(next(near, point), []).append(label)
    return places


def _seconds(axis: Axis, least: float = 0.0) -> None:
    """Ticks that read as seconds, minutes and hours."""
    ticks = {0.05: "none", 0.2: "0.2 s", 1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h"}
    shown = {seconds: name for seconds, name in ticks.items() if seconds >= least}
    axis.set_ticks(list(shown), list(shown.values()))
    axis.set_ticks([], minor=True)
