"""The bill, as people and as programs read it."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from ops.cost.bill import Item
from ops.cost.comparison import OLD_BURST_HOUR, OLD_MONTHS, Comparison
from ops.cost.estimate import Estimate, worker_hour
from ops.cost.prices import Price, unverified


def as_json(estimate: Estimate, comparison: Comparison | None) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "region": estimate.resources.region,
        "source": estimate.resources.source,
        "monthly_usd": round(estimate.usd, 2),
        "usd_per_video": _rounded(estimate.usd_a_video),
        "render_usd_per_video": {
            "on_demand": _rounded(estimate.render_usd(spot=False)),
            "spot": _rounded(estimate.render_usd(spot=True)),
        },
        "items": [
            {
                "group": item.group,
                "what": item.what,
                "quantity": round(item.quantity, 4),
                "unit": item.price.unit,
                "unit_usd": item.price.usd,
                "monthly_usd": round(item.usd, 4),
                "why": item.why,
                "price_source": item.price.source,
                "price_date": item.price.date,
                "price_verified": item.price.verified,
            }
            for item in estimate.items
        ],
        "usage": estimate.usage.model_dump(),
        "comparison": comparison and _comparison_json(comparison),
    }


def _comparison_json(comparison: Comparison) -> dict[str, Any]:
    return {
        "old": {"monthly_usd": OLD_MONTHS, "burst_hour_usd": OLD_BURST_HOUR},
        "rows": [
            {
                "configuration": row.name,
                "monthly_usd": {workers: round(usd, 2) for workers, usd in row.months.items()},
                "meets": {workers: row.meets(workers) for workers in OLD_MONTHS},
                "burst_hour_usd": round(row.burst_hour, 5),
                "meets_burst": row.meets_burst,
            }
            for row in comparison.rows
        ],
        "verdicts": comparison.verdicts,
    }


def print_estimate(console: Console, estimate: Estimate) -> None:
    """The bill service by service, dearest first, each with its lines; and what one video costs."""
    title = f"A month of {estimate.resources.source}, {estimate.resources.region}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("what", overflow="fold", ratio=1)
    for heading in ("quantity", "$ each", "$ a month"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group, usd in sorted(estimate.groups().items(), key=lambda part: -part[1]):
        table.add_row(f"[bold]{group}[/]", "", "", f"[bold]{usd:,.2f}[/]")
        for item in sorted((item for item in estimate.items if item.group == group), key=lambda item: -item.usd):
            table.add_row(*_line(item))
    table.add_section()
    table.add_row(
        "[bold]Total[/], without tax, support, the account's free tier", "", "", f"[bold]{estimate.usd:,.2f}[/]"
    )
    console.print(table)
    _print_video(console, estimate)
    doubts: dict[str, list[str]] = {}
    for price in unverified(item.price for item in estimate.items):
        doubts.setdefault(_doubt(price), []).append(price.what)
    for doubt, what in doubts.items():
        console.print(f"* {'; '.join(dict.fromkeys(what))}: {doubt}.", style="dim")


def _line(item: Item) -> tuple[str, str, str, str]:
    """One line below its service."""
    what = item.what.removeprefix(item.group).removeprefix("CloudWatch").lstrip(", ") or item.what
    star = "" if item.price.verified else " *"
    why = f" [dim]({item.why})[/]" if item.why else ""
    quantity = f"{item.quantity:,.0f}" if item.quantity >= 10 else f"{item.quantity:,.2f}"
    each = f"{item.price.usd:.10f}".rstrip("0").rstrip(".")
    return f"  {what}{star}{why}", quantity, each, f"{item.usd:,.2f}"


def _print_video(console: Console, estimate: Estimate) -> None:
    usage = estimate.usage
    if estimate.workers is None or estimate.usd_a_video is None:
        return
    on_demand, spot = (estimate.render_usd(spot=kind) or 0 for kind in (False, True))
    console.print(
        f"A video costs ${estimate.usd_a_video:.4f}: the bill shared among {usage.videos_per_month:,.0f}. Of that, "
        f"{usage.render_seconds:g} s of a worker: ${on_demand:.5f} on demand, ${spot:.5f} on Spot."
    )
    hours = [worker_hour(estimate.workers.size, estimate.prices, spot=kind) for kind in (False, True)]
    console.print(f"An hour of one worker: ${hours[0]:.4f} on demand, ${hours[1]:.4f} on Spot.")
    console.print(
        f"Renders take {usage.busy_worker_hours:,.0f} of {estimate.worker_hours:,.0f} worker-hours; "
        "the rest is readiness."
    )


def print_comparison(console: Console, comparison: Comparison) -> None:
    """The old README's figures beside computed ones."""
    title = "Workers and their addresses, $ a month; the old README's figures"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("configuration", ratio=1)
    for workers, usd in OLD_MONTHS.items():
        table.add_column(f"{workers} workers\nold: {usd:,.0f}", justify="right")
    table.add_column(f"hour of one more\nold: {OLD_BURST_HOUR}", justify="right")
    for row in comparison.rows:
        months = [f"{_mark(row.meets(workers))} {usd:,.0f}" for workers, usd in row.months.items()]
        table.add_row(row.name, *months, f"{_mark(row.meets_burst)} {row.burst_hour:.4f}")
    console.print(table)
    for verdict in comparison.verdicts:
        console.print(verdict)


def print_assumptions(console: Console, estimate: Estimate) -> None:
    """What was assumed, and how it is set."""
    table = Table(title="Assumed; --assume NAME=VALUE sets another", title_justify="left")
    for heading in ("name", "value", "what"):
        table.add_column(heading)
    for name, field in type(estimate.usage).model_fields.items():
        value = getattr(estimate.usage, name)
        table.add_row(name, "as named" if value is None else f"{value:,g}", field.description)
    console.print(table)


def print_prices(console: Console, prices: dict[str, Price], region: str) -> None:
    """The price table."""
    table = Table(title=f"Prices of {region}", title_justify="left")
    for heading in ("what", "$", "unit", "date", "source"):
        table.add_column(heading, overflow="fold")
    for price in prices.values():
        usd = f"{price.usd:.10f}".rstrip("0").rstrip(".")
        doubt = "" if price.verified else f" (not verified{': ' + price.note if price.note else ''})"
        table.add_row(price.what, usd, price.unit, price.date, price.source + doubt)
    console.print(table)


def _doubt(price: Price) -> str:
    return price.note or f"not read from AWS' price list, but from {price.source} as of {price.date}"


def _mark(meets: bool) -> str:
    return "yes" if meets else "no"


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 6)
