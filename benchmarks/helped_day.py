"""Plays a day with helpers, without, and with larger workers: the tables of docs/design/scale.md.

python -m benchmarks.helped_day           prints them
python -m benchmarks.helped_day --write   writes them into the page
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.scaling_policies import variant
from benchmarks.sections import write_section
from ops.commands._simulation import JOBS_PER_DAY
from ops.simulation.model import StackModel
from ops.simulation.parts import PartTimings
from ops.simulation.rivals import rivals
from ops.simulation.simulator import run_simulation
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import Summary, summarise
from ops.simulation.timings import Timings
from ops.simulation.traces import Trace, draw
from ops.stack.synthesis import synthesise

PAGE = Path(__file__).parents[1] / "docs" / "design" / "scale.md"
SEEDS = (1, 2, 3, 4, 5)
SPARE_WORKERS, WINDOW_SECONDS = 1, 240
"""`spare_workers` and `scale_in_after_seconds` of the rows that say so: the defaults, with which helpers make the fleet
too small."""

WRONG = "If an assumption is wrong; means of three seeds:"

ASSUMPTIONS = (
    ("as assumed", PartTimings()),
    ("a helper starts in 5 s, not 1.5", PartTimings(start=5.0)),
    ("joining takes 3 s, not 1", PartTimings(join=3.0)),
    ("an offer without an answer costs nothing, not 0.3 s", PartTimings(unanswered=0.0)),
    ("videos are long and cheap: 0.6 render seconds per second", PartTimings(render_per_video_second=0.6)),
    ("videos are short and costly: 2.4 render seconds per second", PartTimings(render_per_video_second=2.4)),
)


def main() -> None:
    """Play all, and print or write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.helped_day", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(PAGE.parents[2])}")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(synthesise("prod", Path(folder)), helpers=True)
    traces = [draw("day", hours=24, jobs=JOBS_PER_DAY, seed=seed) for seed in SEEDS]
    report = "\n".join([*fleets(stack, traces), "", WRONG, "", *assumptions(stack, traces), ""])
    print(report, end="")
    if options.write:
        write_section(PAGE, "bench-simulate", report)


def fleets(stack: Stack, traces: Sequence[Trace]) -> list[str]:
    """A line per fleet."""
    played: dict[str, list[Summary]] = {}
    for seed, trace in zip(SEEDS, traces, strict=True):
        helped = replace(stack.model(), name="with helpers")
        (alone, _), *larger = rivals(stack, {}, trace)
        models = [tight(alone), alone, tight(helped), helped]
        for model, work in [*((model, trace) for model in models), *larger]:
            run = run_simulation(model, work, hours=24, seed=seed)
            played.setdefault(model.name, []).append(summarise(run))
    return table("fleet", played)


def tight(model: StackModel) -> StackModel:
    """The stack with fewer spare workers, which scales in sooner."""
    name = f"{model.name}, {SPARE_WORKERS} spare, {WINDOW_SECONDS} s"
    return replace(variant(model, SPARE_WORKERS, WINDOW_SECONDS, 5), name=name)


def assumptions(stack: Stack, traces: Sequence[Trace]) -> list[str]:
    """A line per assumption about parts."""
    model = stack.model()
    played = {
        name: [
            summarise(run_simulation(model, trace, hours=24, seed=seed, timings=Timings(parts=parts)))
            for seed, trace in zip(SEEDS[:3], traces, strict=False)
        ]
        for name, parts in ASSUMPTIONS
    }
    return table("assumption", played)


def table(what: str, played: dict[str, list[Summary]]) -> list[str]:
    """Means of all seeds."""
    return [
        f"| {what} | wait p50, s | p95 | p99 (worst seed) | video p50, s | p95 | p99 | worker-hours | USD per day |",
        "|---|---|---|---|---|---|---|---|---|",
        *(row(name, runs) for name, runs in played.items()),
    ]


def row(name: str, runs: Sequence[Summary]) -> str:
    """A line of a table."""

    def mean(figure: Callable[[Summary], float]) -> float:
        return statistics.mean(figure(run) for run in runs)

    return (
        f"| {name} | {mean(lambda run: run.wait_p50):.1f} | {mean(lambda run: run.wait_p95):.1f} "
        f"| {mean(lambda run: run.wait_p99):.1f} ({max(run.wait_p99 for run in runs):.1f}) "
        f"| {mean(lambda run: run.video_p50):.1f} | {mean(lambda run: run.video_p95):.1f} "
        f"| {mean(lambda run: run.video_p99):.1f} | {mean(lambda run: run.worker_hours):.0f} "
        f"| {mean(lambda run: run.usd):.2f} |"
    )


if __name__ == "__main__":
    main()
