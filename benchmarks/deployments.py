"""Plays deployments to idle and busy fleets, for docs/design/scale.md: how long they take, and what they do to jobs.

`python -m benchmarks.deployments [--write]` prints the table, or writes it into the page between its marks.
"""

import argparse
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.sections import write_section
from ops.simulation.deployments import ProtectionPolicy, Rollout, play_rollout
from ops.simulation.traces import Trace, draw
from worker.aws.task_protection import KEPT_SECONDS

PAGE = Path(__file__).parents[1] / "docs" / "design" / "scale.md"

WORKERS, SEEDS = 50, 5
WARM_UP_SECONDS, HOUR = 900.0, 3600.0
"""Time before the deployment, and time that is played after its begin, in seconds."""

LONG_SECONDS, LONG_EACH = 300.0, 50
"""One job in fifty takes five minutes: it can't end within the grace of a shutdown."""

LOADS = (("idle", 0.0), ("busy at 70 %", 0.7), ("busy at 95 %", 0.95), ("a growing backlog", 3.0))
"""Workers that the jobs keep busy, as a share of the fleet."""

OURS = ProtectionPolicy("**ours**", kept_seconds=KEPT_SECONDS)
POLICIES = (
    OURS,
    ProtectionPolicy("kept until idle"),
    ProtectionPolicy("refused jobs returned", returns_refused=True, kept_seconds=KEPT_SECONDS),
    ProtectionPolicy("before each receive", before_receive=True),
)


def jobs(load: float, seed: int) -> Trace:
    """Jobs that keep `load` of the fleet busy, on average."""
    hours = (WARM_UP_SECONDS + HOUR) / 3600
    mean = statistics.mean(render for _, render in _with_long_ones(draw("poisson", hours=10, jobs=10_000, seed=0)))
    count = round(load * WORKERS * hours * 3600 / mean)
    return _with_long_ones(draw("poisson", hours=hours, jobs=count, seed=seed)) if count else []


def _with_long_ones(trace: Trace) -> Trace:
    return [
        (arrival, LONG_SECONDS if number % LONG_EACH == 0 else render) for number, (arrival, render) in enumerate(trace)
    ]


def row(load: str, policy: ProtectionPolicy, rollouts: Sequence[Rollout]) -> str:
    """A line of the table: means of all rollouts."""

    def mean(count: Callable[[Rollout], float]) -> float:
        return statistics.mean(count(rollout) for rollout in rollouts)

    ended = [rollout.seconds for rollout in rollouts if rollout.seconds is not None]
    took = f"{statistics.mean(ended) / 60:.1f} ({max(ended) / 60:.1f})" if len(ended) == len(rollouts) else "over 60"
    calls = mean(lambda one: one.calls) / (WARM_UP_SECONDS + HOUR) * 1000 / WORKERS
    return (
        f"| {load} | {policy.name} | {took} | {mean(lambda one: one.refused):.0f} "
        f"| {mean(lambda one: one.handed_back):.1f} | {mean(lambda one: one.returned):.0f} "
        f"| {mean(lambda one: one.lost):.1f} | {mean(lambda one: one.done):.0f} | {calls:.1f} |\n"
    )


def table() -> str:
    """All loads under all policies."""
    lines = [
        "| fleet | protection | minutes (longest) | refused | handed back | returned | dead letters | jobs done "
        "| calls per second of 1,000 workers |\n",
        "|---|---|---|---|---|---|---|---|---|\n",
    ]
    for load, share in LOADS:
        for policy in POLICIES:
            rollouts = [
                play_rollout(
                    policy,
                    jobs(share, seed),
                    workers=WORKERS,
                    begins=WARM_UP_SECONDS,
                    ends=WARM_UP_SECONDS + HOUR,
                    seed=seed,
                )
                for seed in range(1, SEEDS + 1)
            ]
            lines.append(row(load, policy, rollouts))
    return "".join(lines)


def main() -> None:
    """Play all, and print or write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deployments", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(PAGE.parents[2])}")
    options = parser.parse_args()
    report = table()
    print(report, end="")
    if options.write:
        write_section(PAGE, "bench-deployments", report)


if __name__ == "__main__":
    main()
