"""`hospup-video simulate`: a trace against the stack's own scaling, and against others'."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ops.context import DEFAULT_ENVIRONMENT
from ops.cost.errors import CostError
from ops.options import ConfiguredEnvironment
from ops.simulation.fargate import SPOT
from ops.simulation.model import Setting
from ops.simulation.peers import peers_of
from ops.simulation.play import Played, play
from ops.simulation.prices import worker_hour
from ops.simulation.reading import Stack, StackError
from ops.simulation.schedules import MONDAY
from ops.simulation.summary import Summary, summarise
from ops.simulation.synthesis import synthesise
from ops.simulation.traces import Trace, TraceError, draw, read_trace

JOBS_A_DAY = 26_947
WIDTH = 120
console = Console(highlight=False)
problems = Console(stderr=True, highlight=False, soft_wrap=True)


class Arrivals(StrEnum):
    """Shapes of arrivals that can be drawn."""

    poisson = "poisson"
    burst = "burst"
    day = "day"


StackFile = Annotated[Path | None, typer.Option("--stack", help="A cdk.tf.json, instead of synthesising it.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="CSV with the columns arrival_seconds, render_seconds.")
]
Shape = Annotated[Arrivals, typer.Option(help="Draw arrivals, where there is no trace.")]
Jobs = Annotated[int | None, typer.Option(min=1, help=f"Jobs that are drawn; {JOBS_A_DAY:,} a day if not said.")]
Hours = Annotated[float | None, typer.Option(min=0.1, max=24 * 31, help="How long; the trace's own length, or 24.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same run.")]
Pool = Annotated[int | None, typer.Option(min=0, max=1000, help="Instead of the stack's.")]


def simulate(
    environment: ConfiguredEnvironment = DEFAULT_ENVIRONMENT,
    stack: StackFile = None,
    trace: TraceFile = None,
    arrivals: Shape = Arrivals.day,
    jobs: Jobs = None,
    hours: Hours = None,
    seed: Seed = 1,
    warm_pool_size: Pool = None,
    max_workers: Annotated[int | None, typer.Option(min=1, max=1000, help="Instead of the stack's.")] = None,
    on_demand_workers: Pool = None,
    begins: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%dT%H:%M"], help="The clock at the trace's begin, for schedules.")
    ] = MONDAY,
    compare: Annotated[bool, typer.Option("--compare", help="Play others' policies on the same trace too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the run to FILE.png and FILE.svg.", dir_okay=False)] = None,
) -> None:
    """Play a day, or a trace, against the scaling that the stack holds: waits, workers, cost."""
    workload, length = arrivals_of(trace, arrivals.value, jobs, hours, seed)
    variables = chosen(warm_pool_size=warm_pool_size, max_workers=max_workers, on_demand_workers=on_demand_workers)
    setting = setting_of(stack_of(environment, stack), variables)
    settings = [setting, *(peers_of(setting) if compare else [])]
    played = [play(one, workload, hours=length, seed=seed, begins=begins) for one in settings]
    summaries = [summarise(one) for one in played]
    if plot is not None:
        draw_run(played[0], plot)
    if as_json:
        print(json.dumps([summary.as_json() for summary in summaries], indent=2))
    else:
        console.width = max(console.width, WIDTH)  # a table that is cut says nothing
        console.print(f"{len(workload)} jobs in {length:g} h, seed {seed}; waits in seconds, hours of workers")
        console.print(table(summaries))
        console.print(story(played[0], summaries[0]))


def draw_run(played: Played, path: Path) -> None:
    """Draw a run. Ends the command where the file can't be written."""
    from ops.simulation.plots import over_time, save  # noqa: PLC0415  matplotlib takes a second to load

    try:
        save(over_time(played, played.setting.name), path)
    except OSError as error:
        raise refused(error) from error


def arrivals_of(
    trace: Path | None, shape: str, jobs: int | None, hours: float | None, seed: int
) -> tuple[Trace, float]:
    """The arrivals that the options name, and their hours. Ends the command where the file is no trace."""
    if trace is None:
        length = hours or 24.0
        return draw(shape, hours=length, jobs=jobs or max(round(JOBS_A_DAY * length / 24), 1), seed=seed), length
    try:
        workload = read_trace(trace)
    except (TraceError, OSError) as error:
        raise refused(error) from error
    length = hours or max(workload[-1][0] / 3600, 0.1)
    return [job for job in workload if job[0] <= length * 3600], length


def stack_of(environment: str, file: Path | None) -> Stack:
    """The stack that the options name. Ends the command where it can't be had."""
    try:
        if file is not None:
            return Stack(file)
        with tempfile.TemporaryDirectory(prefix="hospup-simulate-") as folder:
            return Stack(synthesise(environment, Path(folder)))
    except (StackError, OSError) as error:
        raise refused(error) from error


def setting_of(stack: Stack, variables: Mapping[str, float]) -> Setting:
    """The stack with these variables. Ends the command where it is none of ours, or they contradict each other."""
    try:
        setting = stack.setting(variables)
        worker_hour(setting.worker, SPOT)
    except (StackError, CostError) as error:
        raise refused(error) from error
    if setting.minimum > setting.maximum:
        raise refused(
            f"warm_pool_size ({setting.minimum}) is above max_workers ({setting.maximum}): lower the one or raise the "
            "other."
        )
    return setting


def chosen(**options: int | None) -> dict[str, float]:
    """The Terraform variables that were given as options."""
    return {name: value for name, value in options.items() if value is not None}


def refused(error: object) -> typer.Exit:
    """Say why the command can't be done; the exit of a wrong usage."""
    problems.print(f"[red]{error}[/]", markup=True)
    return typer.Exit(2)


def table(summaries: Sequence[Summary]) -> Table:
    """A line a policy."""
    result = Table(box=None, pad_edge=False)
    for heading in (
        *("policy", "p50", "p95", "p99", "longest", "within 1 s", "killed", "lost"),
        *("peak", "hours", "of it Spot", "USD"),
    ):
        result.add_column(heading, justify="left" if heading == "policy" else "right", no_wrap=True)
    for one in summaries:
        result.add_row(
            one.policy,
            *(f"{wait:.1f}" for wait in (one.wait_p50, one.wait_p95, one.wait_p99, one.wait_max)),
            f"{one.within_1_s:.1%}",
            str(one.killed),
            str(one.lost),
            str(one.peak_workers),
            f"{one.worker_hours:.0f}",
            f"{one.spot_hours:.0f}",
            f"{one.usd:.2f}",
        )
    return result


def story(played: Played, summary: Summary) -> str:
    """What the pool did, in a sentence."""
    ledger, setting = played.ledger, played.setting
    at_maximum = sum(moment.desired >= setting.maximum for moment in played.moments)
    above_pool = sum(moment.desired > setting.minimum for moment in played.moments)
    return (
        f"From a pool of {setting.minimum} to {setting.maximum} at most, {summary.mean_workers:.1f} on average: "
        f"{ledger.starts} started, {ledger.stops} stopped; larger than the pool for {above_pool} minutes, "
        f"at the maximum for {at_maximum}; Spot took back {ledger.interrupted} renders, which began again elsewhere."
    )
