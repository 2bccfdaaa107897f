"""The widgets that a dashboard is made of, on CloudWatch's grid of 24 columns.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from typing import Any

COLUMNS = 24
PERIOD_SECONDS = 60

Widget = dict[str, Any]
Row = list[Any]

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#7f7f7f"
"""One colour, one meaning, on every graph: blue what is, orange what waits, green what went well, red what failed."""


def expression(text: str, label: str, **options: Any) -> Row:
    """Metric math over the ids of other rows.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    return [{"expression": text, "label": label, **options}]


def line(value: float, label: str, color: str = GREY, *, fill: str | None = None) -> dict[str, Any]:
    """A horizontal line: an objective. `fill` shades what is `above` or `below`."""
    return {"value": value, "label": label, "color": color, **({"fill": fill} if fill else {})}


def graph(
    title: str,
    region: str,
    rows: Sequence[Row],
    *,
    lines: Sequence[Mapping[str, Any]] = (),
    stacked: bool = False,
    left: Mapping[str, Any] | None = None,
    right: Mapping[str, Any] | None = None,
    period: int = PERIOD_SECONDS,
) -> Widget:
    """Metrics over time; `left` and `right` are the axes' options, labels and bounds."""
    properties: dict[str, Any] = {
        "title": title,
        "region": region,
        "view": "timeSeries",
        "stacked": stacked,
        "period": period,
        "metrics": list(rows),
        "yAxis": {"left": {"min": 0, "showUnits": False, **(left or {})}},
    }
    if right is not None:
        properties["yAxis"]["right"] = {"min": 0, "showUnits": False, **right}
    if lines:
        properties["annotations"] = {"horizontal": list(lines)}
    return {"type": "metric", "properties": properties}


def number(title: str, region: str, rows: Sequence[Row], *, period: int = PERIOD_SECONDS) -> Widget:
    """The latest value, large, over its course."""
    return {
        "type": "metric",
        "properties": {
            "title": title,
            "region": region,
            "view": "singleValue",
            "sparkline": True,
            "period": period,
            "metrics": list(rows),
        },
    }


def text(markdown: str) -> Widget:
    """Words and links."""
    return {"type": "text", "properties": {"markdown": markdown, "background": "transparent"}}


def alarms(title: str, arns: Sequence[str]) -> Widget:
    """The state of alarms, the loudest first."""
    return {"type": "alarm", "properties": {"title": title, "alarms": list(arns)}}


def logs(title: str, region: str, group: str, query: str) -> Widget:
    """What a query finds in a log group."""
    return {
        "type": "log",
        "properties": {
            "title": title,
            "region": region,
            "query": f"SOURCE '{group}' | {query}",
            "view": "table",
        },
    }


def placed(rows: Sequence[tuple[int, Sequence[Widget]]]) -> list[Widget]:
    """Widgets row by row, each row with its height, its widgets sharing the width evenly."""
    widgets = []
    top = 0
    for height, row in rows:
        width, rest = divmod(COLUMNS, len(row))
        if rest:
            raise ValueError(f"{len(row)} widgets can't share {COLUMNS} columns")
        for index, widget in enumerate(row):
            widgets.append({**widget, "x": index * width, "y": top, "width": width, "height": height})
        top += height
    return widgets
