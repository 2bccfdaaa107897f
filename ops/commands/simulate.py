"""`simulate`: a trace against the stack's own scaling, and against others'."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ops.commands._simulation import (
    Arrivals,
    Helpers,
    Hours,
    Jobs,
    Seed,
    Shape,
    StackFile,
    TraceFile,
    arrivals_of,
    model_of,
    print_summaries,
    stack_of,
)
from ops.console import output
from ops.console.options import ConfiguredEnvironment
from ops.errors import UsageError
from ops.simulation.other_policies import other_policies_for
from ops.simulation.rivals import rivals
from ops.simulation.schedules import MONDAY
from ops.simulation.simulator import SimulationResult, run_simulation
from ops.simulation.summary import Summary, summarise
from ops.stack.context import DEFAULT_ENVIRONMENT

_CLOCKS = ["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"]
Pool = Annotated[int | None, typer.Option(min=0, max=1000, help="Instead of the stack's.")]


def simulate_command(
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
    helpers: Helpers = None,
    begins: Annotated[
        datetime, typer.Option(formats=_CLOCKS, help="The clock when the trace begins, for schedules.")
    ] = MONDAY,
    compare: Annotated[bool, typer.Option("--compare", help="Also play others' policies on the same trace.")] = False,
    compare_helpers: Annotated[
        bool,
        typer.Option("--compare-helpers", help="Also play the stack without helpers, and with larger workers."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the stack's own run to FILE.png and FILE.svg.", dir_okay=False)
    ] = None,
) -> None:
    """Play a day, or a trace, against the scaling that the stack holds: waits, times to video, workers, cost."""
    workload, length = arrivals_of(trace, arrivals.value, jobs, hours, seed)
    sizes = {"warm_pool_size": warm_pool_size, "max_workers": max_workers, "on_demand_workers": on_demand_workers}
    variables = {name: float(size) for name, size in sizes.items() if size is not None}
    read = stack_of(environment, stack, helpers=helpers)
    model = model_of(read, variables)
    runs = [(model, workload)]
    if compare_helpers:
        runs += rivals(read, variables, workload)
    if compare:
        runs += [(other, workload) for other in other_policies_for(model)]
    results = [run_simulation(one, work, hours=length, seed=seed, begins=begins) for one, work in runs]
    summaries = [summarise(one) for one in results]
    if plot is not None:
        _draw(results[0], plot)
    if as_json:
        output.as_json({"runs": [summary.as_json() for summary in summaries]})
    else:
        origin = "a load test: --trace plays your own" if trace is None else f"arrivals of {output.clean(trace)}"
        output.line(
            f"{output.count(len(workload), 'job')} in {length:.3g} h, {origin}; seed {seed}; "
            "seconds of wait and to the video, hours of workers"
        )
        print_summaries(summaries)
        output.line(_description(results[0], summaries[0]))
        if model.worker.helpers:
            output.line(_help(summaries[0]))


def _draw(result: SimulationResult, path: Path) -> None:
    """Draw a run. Raises `UsageError` where the file can't be written."""
    from ops.simulation.plots import over_time, save  # noqa: PLC0415  matplotlib takes a second to load

    try:
        written = save(over_time(result, result.model.name), path)
    except OSError as error:
        raise UsageError(f"--plot {path} can't be written ({error.strerror}): name another file.") from error
    output.warn(f"drew {' and '.join(map(str, written))}", "")


def _description(result: SimulationResult, summary: Summary) -> str:
    """What the pool of workers did, in a sentence."""
    counter, model = result.counter, result.model
    taken = output.count(counter.interrupted, "render")
    at_maximum = sum(sample.desired >= model.maximum for sample in result.samples)
    above_pool = sum(sample.desired > model.minimum for sample in result.samples)
    return (
        f"From a pool of {model.minimum} to {model.maximum} at most, {summary.mean_workers:.1f} on average: "
        f"{counter.starts} started, {counter.stops} stopped; larger than the pool for "
        f"{output.count(above_pool, 'minute')}, at the maximum for {at_maximum}; Spot took back {taken}, to begin "
        "again elsewhere."
    )


def _help(summary: Summary) -> str:
    """What idle workers did, in a sentence."""
    return (
        f"Idle workers helped {output.count(summary.helped_jobs, 'job')}: they rendered "
        f"{output.count(summary.parts_rendered, 'part')}, and dropped {summary.parts_dropped} for jobs of their own."
    )
