"""`usage`: what the jobs of each property used, and what that cost."""

import csv
import datetime
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from ops.aws.property_usage import KEPT_DAYS, DayOfProperty, Usage, read_usage, total
from ops.commands._job_filter import Property
from ops.commands._worker_price import price_of_worker
from ops.console import output
from ops.console.options import AsJson, Cluster, Environment, JobsTable, Outputs, Service, parse_duration
from ops.cost.worker_price import WorkerPrice
from ops.errors import UsageError
from ops.stack.context import Context

_FORMULA = ("=", "+", "-", "@")
"""What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection"""

_DAY_SECONDS = 86_400


class Grouping(StrEnum):
    """What a row stands for."""

    PROPERTY = "property"
    DAY = "day"
    PROPERTY_DAY = "property-day"

    @property
    def columns(self) -> Sequence[str]:
        """The names of what a row stands for."""
        return self.value.split("-")

    def row_of(self, found: DayOfProperty) -> tuple[str, ...]:
        """What the row stands for that counts this usage."""
        names = {"property": found.property_id, "day": str(found.day)}
        return tuple(names[column] for column in self.columns)


def usage_command(
    by: Annotated[Grouping, typer.Option(help="What a row stands for.")] = Grouping.PROPERTY,
    since: Annotated[str, typer.Option(help="From the UTC day on that lies so far back: 2h, 7d, 30d.")] = "30d",
    property_id: Property = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    environment: Environment = None,
    outputs: Outputs = None,
    jobs_table: JobsTable = None,
    cluster_name: Cluster = None,
    service_name: Service = None,
    as_json: AsJson = False,
) -> None:
    """Print what the jobs of each property used: tries, videos, seconds of processors and workers, bytes, dollars.

    Each try counts once, on the UTC day of its claim, also one that failed; what a killed worker used is unknown.
    Dollars are the seconds for which tries had a worker, at the price of the pool's workers, on demand and on Spot as
    the pool is mixed. What idle workers cost belongs to no property. Usage is kept for 400 days.
    """
    if as_csv and as_json:
        raise UsageError("--csv and --json are two formats: give one of them.")
    first, last = _days(since)
    context = Context(
        environment, outputs, {"jobs_table": jobs_table, "cluster_name": cluster_name, "service_name": service_name}
    )
    dynamodb, table = context.session.client("dynamodb"), context.name("jobs_table")
    usages = _grouped(read_usage(dynamodb, table, first, last, property_id), by)
    price = price_of_worker(context)
    everything = total(usages.values())
    if as_json:
        output.as_json(
            {
                "since": first,
                "until": last,
                "usd_per_worker_hour": price and round(price.hour, 6),
                "rows": [_json_row(by, row, usage, price) for row, usage in usages.items()],
                "total": _figures(everything, price),
            }
        )
    elif as_csv:
        output.verbatim(_csv(by, usages, price))
    else:
        _print(by, usages, everything, price)
        output.line(f"from {first} to {last}, UTC", "dim")


def _days(since: str) -> tuple[datetime.date, datetime.date]:
    """The first and the last day that `--since` means. Raises `UsageError`."""
    now = datetime.datetime.now(datetime.UTC)
    back = min(parse_duration(since), KEPT_DAYS * _DAY_SECONDS)
    return (now - datetime.timedelta(seconds=back)).date(), now.date()


def _grouped(found: Iterable[DayOfProperty], by: Grouping) -> Mapping[tuple[str, ...], Usage]:
    """The usage of each row: days in their order, properties by the time for which they had workers."""
    rows: dict[tuple[str, ...], Usage] = {}
    for each in found:
        row = by.row_of(each)
        rows[row] = rows.get(row, Usage()) + each.usage
    if by is Grouping.PROPERTY:
        return dict(sorted(rows.items(), key=lambda row: (-row[1].worker_seconds, row[0])))
    return dict(sorted(rows.items(), key=lambda row: row[0][::-1]))


def _figures(usage: Usage, price: WorkerPrice | None) -> dict[str, Any]:
    """The figures of a row, for programs; `usd` is None where the price is unknown."""
    rounded = {name: round(value, 3) for name, value in asdict(usage).items()}
    return rounded | {"usd": price and round(price.usd(usage.worker_seconds), 6)}


def _json_row(by: Grouping, row: Sequence[str], usage: Usage, price: WorkerPrice | None) -> dict[str, Any]:
    return dict(zip(by.columns, row, strict=True)) | _figures(usage, price)


def _csv(by: Grouping, usages: Mapping[tuple[str, ...], Usage], price: WorkerPrice | None) -> str:
    """A line of names and one per row; an id that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*by.columns, *_figures(Usage(), price)])
    for row, usage in usages.items():
        names = [f"'{name}" if name.startswith(_FORMULA) else name for name in row]
        writer.writerow([*names, *_figures(usage, price).values()])
    return text.getvalue()


def _print(by: Grouping, usages: Mapping[tuple[str, ...], Usage], everything: Usage, price: WorkerPrice | None) -> None:
    figures = ("tries", "videos", "video s", "CPU s", "worker s", "MB in", "MB out", "$")
    rows = [(*row, *_shown(usage, price)) for row, usage in usages.items()]
    rows.append(("total", *[""] * (len(by.columns) - 1), *_shown(everything, price)))
    output.table((*by.columns, *figures), rows, right=figures)


def _shown(usage: Usage, price: WorkerPrice | None) -> Sequence[str]:
    """The figures of a row, for people."""
    seconds = (usage.video_seconds, usage.cpu_seconds, usage.worker_seconds)
    megabytes = (usage.bytes_fetched / 1e6, usage.bytes_published / 1e6)
    return (
        *(f"{number:,.0f}" for number in (usage.tries, usage.videos, *seconds, *megabytes)),
        f"{price.usd(usage.worker_seconds):,.4f}" if price else "unknown",
    )
