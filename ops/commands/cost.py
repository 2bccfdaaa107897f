"""`cost`: the monthly bill of an environment, and the price of a video."""

import tempfile
from pathlib import Path
from typing import Annotated

import boto3
import typer

from ops.console import output
from ops.console.options import ConfiguredEnvironment
from ops.cost import prices as price_table
from ops.cost import show
from ops.cost.comparison import compare
from ops.cost.estimate import estimate
from ops.cost.refresh import API_REGION, refresh
from ops.cost.resources import DEFAULT_REGION, Resources, from_stack
from ops.cost.usage import Usage, parse_usage
from ops.errors import CostError
from ops.stack.context import DEFAULT_ENVIRONMENT
from ops.stack.synthesis import read_stack, synthesise

_ASSUMED = Usage()


def cost_command(
    environment: ConfiguredEnvironment = DEFAULT_ENVIRONMENT,
    stack: Annotated[
        Path | None, typer.Option(help="A synthesised cdk.tf.json; default: the environment is synthesised.")
    ] = None,
    var: Annotated[list[str] | None, typer.Option(help="A Terraform variable: warm_pool_size=20.")] = None,
    videos: Annotated[
        float | None, typer.Option(help="Videos per month.", show_default=f"{_ASSUMED.videos_per_month:,.0f}")
    ] = None,
    render_seconds: Annotated[
        float | None,
        typer.Option(help="Seconds per job that a worker is busy.", show_default=f"{_ASSUMED.render_seconds:g}"),
    ] = None,
    burst_hours: Annotated[
        float | None,
        typer.Option(help="Worker-hours per month above the pool.", show_default=f"{_ASSUMED.burst_worker_hours:g}"),
    ] = None,
    assume: Annotated[list[str] | None, typer.Option(help="Another assumption: image_mb=120.")] = None,
    compare_old: Annotated[
        bool,
        typer.Option("--compare-old", help="Compare with the README of the old CDK stack."),
    ] = False,
    show_prices: Annotated[bool, typer.Option("--show-prices", help="Print the price table as well.")] = False,
    show_assumptions: Annotated[bool, typer.Option("--show-assumptions", help="Print what is assumed.")] = False,
    prices: Annotated[
        Path, typer.Option(help="The price table.", show_default="ops/cost/prices.json")
    ] = price_table.TABLE,
    do_refresh: Annotated[
        bool, typer.Option("--refresh", help="Update the table from AWS' Price List API; needs credentials.")
    ] = False,
    region: Annotated[str | None, typer.Option(help="The region to refresh; default: eu-west-1.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print what an environment costs per month, item by item, and what a video costs."""
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
    comparison = compare(computed.fleet, rows, computed.groups()) if computed.fleet else None
    if as_json:
        output.as_json(show.as_json(computed, comparison))
        return
    output.show(*show.estimate_parts(computed))
    if comparison and compare_old:
        output.show(*show.comparison_parts(comparison))
    if show_assumptions:
        output.show(show.assumptions_table(computed))
    if show_prices:
        output.show(show.prices_table(rows, resources.region))


def _resources(environment: str, stack: Path | None, assignments: list[str]) -> Resources:
    for assignment in assignments:
        if "=" not in assignment:
            raise CostError(f"{assignment!r} sets no variable: give NAME=VALUE.")
    assigned = dict(assignment.split("=", 1) for assignment in assignments)
    if stack is not None:
        return from_stack(read_stack(stack), assigned, output.clean(stack.parent.name or stack))
    with tempfile.TemporaryDirectory(prefix="hospup-cost-") as folder:
        synthesised = read_stack(synthesise(environment, Path(folder), Path.cwd()))
    return from_stack(synthesised, assigned, environment)


def _refresh(path: Path, region: str) -> None:
    table, unknown = refresh(boto3.client("pricing", region_name=API_REGION), price_table.load(path), region)
    price_table.save(table, path)
    for problem in unknown:
        output.warn(f"kept {problem}", style="yellow")
    rows = table.regions[region].values()
    own = len(rows) - len(price_table.unverified(rows))
    output.line(f"{own} of {len(rows)} prices of {region} are AWS' own; the others keep what they were.")
