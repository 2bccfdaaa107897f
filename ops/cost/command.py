"""`hospup-video cost`. Exit codes: 0 computed, 2 wrong usage, 3 AWS refused or unreachable."""

from pathlib import Path
from typing import Annotated

import boto3
import typer
from rich.console import Console

from ops.context import DEFAULT_ENVIRONMENT
from ops.cost import prices as price_table
from ops.cost import show
from ops.cost.comparison import compare
from ops.cost.errors import CostError
from ops.cost.estimate import estimate
from ops.cost.refresh import API_REGION, refresh
from ops.cost.resources import DEFAULT_REGION, Resources, from_stack, read_stack, synthesised
from ops.cost.usage import parse_usage
from ops.options import ConfiguredEnvironment
from ops.show import as_json as as_json_text
from ops.show import complain, say

console = Console(highlight=False)


def cost_command(
    environment: ConfiguredEnvironment = DEFAULT_ENVIRONMENT,
    stack: Annotated[
        Path | None, typer.Option(help="A synthesised cdk.tf.json; none: the environment is synthesised.")
    ] = None,
    var: Annotated[list[str] | None, typer.Option(help="A Terraform variable: warm_pool_size=20.")] = None,
    videos: Annotated[float | None, typer.Option(help="Videos in a month.")] = None,
    render_seconds: Annotated[float | None, typer.Option(help="Seconds that a worker has a job.")] = None,
    burst_hours: Annotated[float | None, typer.Option(help="Worker-hours in a month above the pool.")] = None,
    assume: Annotated[list[str] | None, typer.Option(help="Another assumption: image_mb=120.")] = None,
    show_prices: Annotated[bool, typer.Option("--show-prices", help="Print the price table as well.")] = False,
    show_assumptions: Annotated[bool, typer.Option("--show-assumptions", help="Print what is assumed.")] = False,
    prices: Annotated[
        Path, typer.Option(help="The price table.", show_default="ops/cost/prices.json")
    ] = price_table.TABLE,
    do_refresh: Annotated[
        bool, typer.Option("--refresh", help="Write the table anew from AWS' Price List API; takes credentials.")
    ] = False,
    region: Annotated[str | None, typer.Option(help="The region to refresh; none: eu-west-1.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What an environment costs a month, item by item, and what a video costs."""
    if do_refresh:
        _refresh(prices, region or DEFAULT_REGION)
        return
    usage = parse_usage(
        assume or [], videos_per_month=videos, render_seconds=render_seconds, burst_worker_hours=burst_hours
    )
    resources = _resources(environment, stack, var or [])
    rows = price_table.load(prices).region(resources.region)
    if usage.spot_discount is not None:
        rows = price_table.with_spot_discount(rows, usage.spot_discount)
    computed = estimate(resources, rows, usage)
    comparison = compare(computed.workers, rows, computed.groups()) if computed.workers else None
    if as_json:
        as_json_text(show.as_json(computed, comparison))
        return
    show.print_estimate(console, computed)
    if comparison:
        show.print_comparison(console, comparison)
    if show_assumptions:
        show.print_assumptions(console, computed)
    if show_prices:
        show.print_prices(console, rows, resources.region)


def _resources(environment: str, stack: Path | None, assignments: list[str]) -> Resources:
    for assignment in assignments:
        if "=" not in assignment:
            raise CostError(f"{assignment!r} sets no variable: give NAME=VALUE.")
    assigned = dict(assignment.split("=", 1) for assignment in assignments)
    if stack is not None:
        return from_stack(read_stack(stack), assigned, stack.parent.name or str(stack))
    return from_stack(synthesised(environment, Path.cwd()), assigned, environment)


def _refresh(path: Path, region: str) -> None:
    table, unknown = refresh(boto3.client("pricing", region_name=API_REGION), price_table.load(path), region)
    price_table.save(table, path)
    for problem in unknown:
        complain(f"kept {problem}", style="yellow")
    rows = table.regions[region].values()
    own = len(rows) - len(price_table.unverified(rows))
    say(f"{own} of {len(rows)} prices of {region} are AWS' own; the others keep what they were.")
