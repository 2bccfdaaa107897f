"""`plan-capacity`: the cheapest sizes for an objective, and the effect of half and twice as many workers."""

import math
from dataclasses import asdict
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
from ops.errors import FindingError
from ops.simulation.capacity import CapacityPlanner, Sizes
from ops.simulation.model import StackModel
from ops.simulation.summary import Summary
from ops.stack.context import DEFAULT_ENVIRONMENT


def plan_capacity_command(
    p95: Annotated[float, typer.Option(min=0, help="Seconds that 95 of 100 jobs may wait at most.")],
    p99: Annotated[float, typer.Option(min=0, help="Seconds that 99 of 100 may wait at most.")] = math.inf,
    trace: TraceFile = None,
    arrivals: Shape = Arrivals.day,
    jobs: Jobs = None,
    hours: Hours = None,
    seed: Seed = 1,
    environment: ConfiguredEnvironment = DEFAULT_ENVIRONMENT,
    stack: StackFile = None,
    helpers: Helpers = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
) -> None:
    """Find the cheapest warm_pool_size, max_workers and on_demand_workers that hold an objective."""
    workload, length = arrivals_of(trace, arrivals.value, jobs, hours, seed)
    read = stack_of(environment, stack, helpers=helpers)
    model = model_of(read, {})
    planner = CapacityPlanner(read, workload, hours=length, seed=seed)
    plan = planner.cheapest(p95, p99)
    if plan.sizes is None:
        raise FindingError("No size up to 1000 workers holds that on these arrivals: workers start too late for them.")
    sizes = plan.sizes
    rows = {
        "cheapest": sizes,
        "half the pool": Sizes(sizes.warm_pool_size // 2, sizes.max_workers, sizes.on_demand_workers // 2),
        "twice the pool": _widened(sizes, sizes.warm_pool_size * 2, sizes.max_workers),
        "half the maximum": Sizes(
            min(sizes.warm_pool_size, sizes.max_workers // 2 or 1), sizes.max_workers // 2 or 1, sizes.on_demand_workers
        ),
        "twice the maximum": _widened(sizes, sizes.warm_pool_size, sizes.max_workers * 2),
        "today": _today(model),
    }
    summaries = {name: planner.summary(one) for name, one in rows.items()}
    if as_json:
        output.as_json({_key(name): asdict(rows[name]) | one.as_json() for name, one in summaries.items()})
        return
    played = f"{output.count(len(workload), 'job')} in {length:.3g} h{'' if trace else ' of a load test'}"
    output.line(
        f"{played}. The cheapest: warm_pool_size={sizes.warm_pool_size} max_workers={sizes.max_workers} "
        f"on_demand_workers={sizes.on_demand_workers}"
    )
    print_summaries([_named(name, rows[name], one) for name, one in summaries.items()])


def _key(name: str) -> str:
    """The name of a row in JSON."""
    return name.replace(" ", "_")


def _widened(sizes: Sizes, pool: int, most: int) -> Sizes:
    most = min(max(most, pool), 1000)
    return Sizes(min(max(pool, 1), most), most, sizes.on_demand_workers)


def _today(model: StackModel) -> Sizes:
    return Sizes(model.minimum, model.maximum, sum(provider.base for provider in model.providers))


def _named(name: str, sizes: Sizes, summary: Summary) -> Summary:
    text = f"{name}: {sizes.warm_pool_size} to {sizes.max_workers}"
    return Summary(**{**asdict(summary), "policy": text})
