"""The widgets of a CloudWatch dashboard, on its grid of 24 columns.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

COLUMNS = 24
"""Width of the grid."""

PERIOD_SECONDS = 60
"""Default period of a widget's metrics, in seconds."""

Widget = dict[str, Any]
Row = list[Any]
"""One metric or expression of a widget."""

BLUE, ORANGE, GREEN, RED, PURPLE, GREY = "#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#7f7f7f"
BROWN = "#8c564b"
"""Colors with one meaning on all graphs: blue for work, orange for waiting, green for success, red for failure."""


@dataclass(frozen=True)
class Widgets:
    """The widgets that read metrics or logs of one region."""

    region: str

    def graph(
        self,
        title: str,
        rows: Sequence[Row],
        *,
        lines: Sequence[Mapping[str, Any]] = (),
        stacked: bool = False,
        left: Mapping[str, Any] | None = None,
        right: Mapping[str, Any] | None = None,
        period: int = PERIOD_SECONDS,
    ) -> Widget:
        """Metrics over time; `left` and `right` are options of the axes (labels, bounds), `period` is in seconds."""
        properties: dict[str, Any] = {
            "title": title,
            "region": self.region,
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

    def number(self, title: str, rows: Sequence[Row], *, period: int = PERIOD_SECONDS) -> Widget:
        """The latest value in large digits, with a sparkline; `period` in seconds."""
        return {
            "type": "metric",
            "properties": {
                "title": title,
                "region": self.region,
                "view": "singleValue",
                "sparkline": True,
                "period": period,
                "metrics": list(rows),
            },
        }

    def logs(self, title: str, group: str, query: str) -> Widget:
        """The result of a query of a log group."""
        return {
            "type": "log",
            "properties": {
                "title": title,
                "region": self.region,
                "query": f"SOURCE '{group}' | {query}",
                "view": "table",
            },
        }


def text(markdown: str) -> Widget:
    """Text and links."""
    return {"type": "text", "properties": {"markdown": markdown, "background": "transparent"}}


def alarms(title: str, arns: Sequence[str]) -> Widget:
    """The states of alarms."""
    return {"type": "alarm", "properties": {"title": title, "alarms": list(arns)}}


def expression(formula: str, label: str, **options: Any) -> Row:
    """A row of metric math on the ids of other rows.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
    """
    return [{"expression": formula, "label": label, **options}]


def line(value: float, label: str, color: str = GREY, *, fill: str | None = None) -> dict[str, Any]:
    """A horizontal line in a graph, such as an objective; `fill` shades the area `above` or `below` it."""
    return {"value": value, "label": label, "color": color, **({"fill": fill} if fill else {})}


def arrange(rows: Sequence[tuple[int, Sequence[Widget]]]) -> list[Widget]:
    """Widgets with their positions: rows from top to bottom, each with its height; its widgets are equally wide."""
    arranged = []
    top = 0
    for height, row in rows:
        width, rest = divmod(COLUMNS, len(row))
        if rest:
            raise ValueError(f"{len(row)} widgets can't share {COLUMNS} columns")
        for index, widget in enumerate(row):
            arranged.append({**widget, "x": index * width, "y": top, "width": width, "height": height})
        top += height
    return arranged
