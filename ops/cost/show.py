"""Prints the bill as tables, and as JSON."""

from collections.abc import Iterator
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ops.cost.comparison import OLD_BURST_HOUR, OLD_MONTHS, Comparison
from ops.cost.estimate import Estimate, worker_hour
from ops.cost.line_items import LineItem
from ops.cost.prices import Price, unverified


def as_json(estimate: Estimate, comparison: Comparison | None) -> dict[str, Any]:
    """Everything, for programs."""
    return {
        "region": estimate.resources.region,
        "source": estimate.resources.source,
        "monthly_usd": round(estimate.usd, 2),
        "usd_per_video": _rounded(estimate.usd_per_video),
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


def estimate_parts(estimate: Estimate) -> Iterator[RenderableType]:
    """The bill service by service, dearest first, each with its lines; and what one video costs."""
    title = f"A month of {estimate.resources.source}, {estimate.resources.region}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=0)  # 80 columns are enough
    table.add_column("what", overflow="fold", ratio=1)
    table.add_column("quantity", justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    for heading in ("$ per unit", "$ a month"):
        table.add_column(heading, justify="right", no_wrap=True)
    for group, usd in sorted(estimate.groups().items(), key=lambda part: -part[1]):
        table.add_row(Text(group, "bold"), "", "", "", Text(f"{usd:,.2f}", "bold"))
        for item in sorted((item for item in estimate.items if item.group == group), key=lambda item: -item.usd):
            table.add_row(*_line(item))
    table.add_section()
    total = Text.assemble(("Total", "bold"), ", without tax, support, the account's free tier")
    table.add_row(total, "", "", "", Text(f"{estimate.usd:,.2f}", "bold"))
    yield table
    yield from _video_lines(estimate)
    doubts: dict[str, list[str]] = {}
    for price in unverified(item.price for item in estimate.items):
        doubts.setdefault(_doubt(price), []).append(price.what)
    for doubt, what in doubts.items():
        yield Text(f"* {'; '.join(dict.fromkeys(what))}: {doubt}.", "dim")


def _line(item: LineItem) -> tuple[Text, str, str, str, str]:
    """One line below its service."""
    what = item.what.removeprefix(item.group).removeprefix("CloudWatch").lstrip(", ") or item.what
    star = "" if item.price.verified else " *"
    why = (f" ({item.why})", "dim") if item.why else ""
    quantity = f"{item.quantity:,.0f}" if item.quantity >= 10 else f"{item.quantity:,.2f}"
    each = f"{item.price.usd:.10f}".rstrip("0").rstrip(".")
    return Text.assemble(f"  {what}{star}", why), quantity, item.price.unit, each, f"{item.usd:,.2f}"


def _video_lines(estimate: Estimate) -> Iterator[str]:
    usage = estimate.usage
    if estimate.fleet is None or estimate.usd_per_video is None:
        return
    is_given = "videos_per_month" in usage.model_fields_set
    origin = "as given" if is_given else "which is assumed: --videos sets what `hospup-video usage` counts"
    on_demand, spot = (estimate.render_usd(spot=kind) or 0 for kind in (False, True))
    yield (
        f"A video costs ${estimate.usd_per_video:.4f}: the bill shared among {usage.videos_per_month:,.0f}, {origin}. "
        f"Of that, {usage.render_seconds:g} s of a worker: ${on_demand:.5f} on demand, ${spot:.5f} on Spot."
    )
    hours = [worker_hour(estimate.fleet.size, estimate.prices, spot=kind) for kind in (False, True)]
    yield f"An hour of one worker: ${hours[0]:.4f} on demand, ${hours[1]:.4f} on Spot."
    yield (
        f"Renders take {usage.busy_worker_hours:,.0f} of {estimate.worker_hours:,.0f} worker-hours; "
        "the rest is readiness."
    )


def comparison_parts(comparison: Comparison) -> Iterator[RenderableType]:
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
    yield table
    yield from comparison.verdicts


def assumptions_table(estimate: Estimate) -> Table:
    """What was assumed, and how it is set."""
    table = Table(title="Assumed; --assume NAME=VALUE sets another", title_justify="left")
    for heading in ("name", "value", "what"):
        table.add_column(heading)
    for name, field in type(estimate.usage).model_fields.items():
        value = getattr(estimate.usage, name)
        table.add_row(name, "as named" if value is None else f"{value:,g}", field.description)
    return table


def prices_table(prices: dict[str, Price], region: str) -> Table:
    """The price table."""
    table = Table(title=f"Prices of {region}", title_justify="left")
    for heading in ("what", "$", "unit", "date", "source"):
        table.add_column(heading, overflow="fold")
    for price in prices.values():
        usd = f"{price.usd:.10f}".rstrip("0").rstrip(".")
        doubt = "" if price.verified else f" (not verified{': ' + price.note if price.note else ''})"
        table.add_row(price.what, usd, price.unit, price.date, price.source + doubt)
    return table


def _doubt(price: Price) -> str:
    return price.note or f"not read from AWS' price list, but from {price.source} as of {price.date}"


def _mark(meets: bool) -> str:
    return "yes" if meets else "no"


def _rounded(usd: float | None) -> float | None:
    return None if usd is None else round(usd, 6)
