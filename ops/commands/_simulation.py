"""What `simulate` and `plan-capacity` share: the options that name arrivals and a stack, and the table of results."""

import tempfile
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ops.console import output
from ops.errors import UsageError
from ops.simulation.fargate import SPOT, worker_hour
from ops.simulation.model import StackModel
from ops.simulation.stack_reader import Stack
from ops.simulation.summary import Summary
from ops.simulation.traces import Trace, TraceError, draw, read_trace
from ops.stack.synthesis import synthesise

JOBS_PER_DAY = 26_947


class Arrivals(StrEnum):
    """Shapes of arrivals that can be drawn."""

    poisson = "poisson"
    burst = "burst"
    day = "day"


StackFile = Annotated[Path | None, typer.Option("--stack", help="A cdk.tf.json, instead of synthesising it.")]
TraceFile = Annotated[
    Path | None, typer.Option("--trace", help="Arrivals: CSV with the columns arrival_seconds, render_seconds.")
]
Shape = Annotated[Arrivals, typer.Option(help="Shape of generated arrivals, if there is no trace.")]
Jobs = Annotated[int | None, typer.Option(min=1, help=f"Number of generated jobs; default: {JOBS_PER_DAY:,} per day.")]
Hours = Annotated[
    float | None, typer.Option(min=0.1, max=24 * 31, help="Length of the run in hours; default: the trace's, or 24.")
]
Seed = Annotated[int, typer.Option(help="The same seed gives the same run.")]
Helpers = Annotated[
    bool | None,
    typer.Option(
        "--helpers/--no-helpers", help="Idle workers render parts of others' jobs, or don't; default: as the stack."
    ),
]


def arrivals_of(
    trace: Path | None, shape: str, jobs: int | None, hours: float | None, seed: int
) -> tuple[Trace, float]:
    """The arrivals that the options name, and their length in hours. Raises `UsageError` where the file is no trace."""
    if trace is None:
        length = hours or 24.0
        return draw(shape, hours=length, jobs=jobs or max(round(JOBS_PER_DAY * length / 24), 1), seed=seed), length
    try:
        workload = read_trace(trace)
    except OSError as error:
        raise UsageError(f"--trace {trace} can't be read ({error.strerror}): name another file.") from error
    except TraceError as error:
        raise UsageError(str(error)) from error
    length = hours or max(workload[-1][0] / 3600, 0.1)
    return [job for job in workload if job[0] <= length * 3600], length


def stack_of(environment: str, file: Path | None, *, helpers: bool | None) -> Stack:
    """The stack that the options name. Raises `UsageError` where it can't be read or synthesised."""
    try:
        if file is not None:
            return Stack(file, helpers=helpers)
        with tempfile.TemporaryDirectory(prefix="hospup-simulate-") as folder:
            return Stack(synthesise(environment, Path(folder)), helpers=helpers)
    except OSError as error:
        raise UsageError(str(error)) from error


def model_of(stack: Stack, variables: Mapping[str, float]) -> StackModel:
    """The stack with these variables. Raises `UsageError` where it isn't one of ours, or they contradict each other."""
    model = stack.model(variables)
    worker_hour(model.worker, SPOT)
    if model.minimum > model.maximum:
        raise UsageError(
            f"warm_pool_size ({model.minimum}) is above max_workers ({model.maximum}): lower the one or raise the "
            "other."
        )
    return model


def print_summaries(summaries: Sequence[Summary]) -> None:
    """Print a table with one line per policy: waits, times to video, workers."""
    figures = (
        *("wait p50", "p95", "p99", "longest", "within 1 s", "video p50", "p95", "p99"),
        *("killed", "lost", "peak", "hours", "of it Spot", "USD"),
    )
    rows = [
        (
            summary.policy,
            *(f"{wait:.1f}" for wait in (summary.wait_p50, summary.wait_p95, summary.wait_p99, summary.wait_max)),
            f"{summary.within_1_s:.1%}",
            *(f"{video:.1f}" for video in (summary.video_p50, summary.video_p95, summary.video_p99)),
            summary.killed,
            summary.lost,
            summary.peak_workers,
            f"{summary.worker_hours:.0f}",
            f"{summary.spot_hours:.0f}",
            f"{summary.usd:.2f}",
        )
        for summary in summaries
    ]
    output.table(("policy", *figures), rows, right=figures)
