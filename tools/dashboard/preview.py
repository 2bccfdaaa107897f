"""Draws the dashboard's body as a PNG."""

import json
import re
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tools.dashboard.datapoints import Datapoints, Metric, Series, calculate

COLUMN_INCHES, ROW_INCHES = 0.62, 0.42
"""Width and height of a cell of CloudWatch's grid, in inches."""

GAP, HEAD = 0.08, 0.34
"""Distance between two widgets, and height of a widget's title, in inches."""

_NOTIFYING = {"users affected", "dead letters left", "help failed"}
"""The alarms that notify people (docs/runbook.md)."""

INK, FRAME, PAPER, MUTED = "#0f141a", "#d5dbdb", "#f2f3f3", "#687078"

Widget = Mapping[str, Any]


def paint(body: Mapping[str, Any], points: Datapoints, path: Path, *, period: float, dpi: int) -> None:
    """Draw a dashboard's body to a PNG. `period` in seconds replaces the dashboard's minute, for short runs.

    Raises ValueError where there are no metrics.
    """
    if not points.values:
        raise ValueError("the logs hold no metrics: give those of workers that have ended a job")
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 7.5, "text.color": INK, "axes.edgecolor": FRAME})
    widgets = body["widgets"]
    width, height = 24 * COLUMN_INCHES, max(w["y"] + w["height"] for w in widgets) * ROW_INCHES
    figure = Figure(figsize=(width, height), dpi=dpi, facecolor=PAPER)
    for widget in widgets:
        x, y = widget["x"] * COLUMN_INCHES + GAP / 2, height - (widget["y"] + widget["height"]) * ROW_INCHES + GAP / 2
        box = (x, y, widget["width"] * COLUMN_INCHES - GAP, widget["height"] * ROW_INCHES - GAP)
        _Painter(figure, (width, height), box, points, period).paint(widget)
    figure.savefig(path, facecolor=PAPER, pil_kwargs={"optimize": True})


class _Painter:
    """Draws one widget; `box` in inches: left, bottom, width, height."""

    def __init__(
        self,
        figure: Figure,
        sheet: tuple[float, float],
        box: tuple[float, float, float, float],
        points: Datapoints,
        period: float,
    ) -> None:
        self._figure, self._sheet, self._box, self._points, self._scale = figure, sheet, box, points, period / 60
        self._frame = self._axes(0, 0, box[2], box[3])
        self._frame.set(xticks=[], yticks=[], facecolor="white")

    def paint(self, widget: Widget) -> None:
        """Title and contents, by the widget's kind."""
        properties = widget["properties"]
        if title := properties.get("title"):
            self._write(0.1, self._box[3] - 0.2, title, weight="bold")
        match widget["type"], properties.get("view"):
            case "text", _:
                self._text(properties["markdown"])
            case "alarm", _:
                self._alarms(properties["alarms"])
            case "log", _:
                self._lines()
            case _, "singleValue":
                self._number(properties)
            case _:
                self._graph(properties)

    def _axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Axes within the widget, in inches."""
        x, y, sheet = self._box[0] + left, self._box[1] + bottom, self._sheet
        return self._figure.add_axes((x / sheet[0], y / sheet[1], width / sheet[0], height / sheet[1]))

    def _write(self, left: float, bottom: float, text: str, **style: Any) -> None:
        self._frame.text(left / self._box[2], bottom / self._box[3], text, transform=self._frame.transAxes, **style)

    def _nothing(self, reason: str) -> None:
        text = "\n".join(textwrap.wrap(reason, int(self._box[2] * 13)))
        self._write(self._box[2] / 2, self._box[3] / 2 - 0.1, text, ha="center", va="center", color=MUTED)

    def _text(self, markdown: str) -> None:
        heading, _, rest = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "").partition("\n")
        self._write(0.12, self._box[3] - 0.34, heading.lstrip("# "), fontsize=14, weight="bold")
        self._write(0.12, self._box[3] - 0.6, rest, color=MUTED)

    def _alarms(self, arns: list[str]) -> None:
        """The alarms' names; only CloudWatch knows their states."""
        for index, arn in enumerate(arns):
            column, row = index % 3, index // 3
            name = arn.strip("${}").split(".")[-2].replace("_", " ")
            rings = "rings: " if name in _NOTIFYING else ""
            left, bottom = 0.16 + column * self._box[2] / 3, self._box[3] - 0.66 - row * 0.4
            style = {"boxstyle": "round,pad=0.4", "facecolor": PAPER, "edgecolor": FRAME, "linewidth": 0.8}
            self._write(left, bottom, rings + name, bbox=style, weight="bold" if rings else "normal")

    def _lines(self) -> None:
        """The latest lines that warn, as the query would show them."""
        columns = {"time": 0.12, "level": 0.85, "job_id": 1.55, "message": 2.45}
        for name, left in columns.items():
            self._write(left, self._box[3] - 0.5, name, color=MUTED)
        latest = sorted(self._points.warnings, key=lambda line: str(line["time"]), reverse=True)
        for row, line in enumerate(latest[: int((self._box[3] - 0.7) / 0.19)]):
            shown = {**line, "time": line["time"][11:19]}
            for name, left in columns.items():
                room = int((self._box[2] - left) * 14)
                text = textwrap.shorten(str(shown.get(name, "-")), room, placeholder="…")
                self._write(left, self._box[3] - 0.72 - row * 0.19, text, fontsize=6.5)

    def _number(self, properties: Widget) -> None:
        period = properties["period"] * self._scale
        shown = [(row, series) for row, series in self._rows(properties, period) if not np.isnan(series).all()]
        if not shown:
            self._write(
                self._box[2] / 2, self._box[3] / 2 - 0.1, "--", ha="center", va="center", fontsize=18, color=MUTED
            )
            return
        options, series = shown[0]
        latest = series[~np.isnan(series)][-1]
        axes = self._axes(0.02, 0.04, self._box[2] - 0.04, 0.45)
        color = options.get("color", "#1f77b4")
        filled = np.where(np.isnan(series), 0, series)
        axes.fill_between(range(len(series)), filled, color=color, alpha=0.15, linewidth=0)
        axes.plot(filled, color=color, linewidth=1)
        axes.set_ylim(0, max(filled.max() * 1.1, 1e-9))
        axes.axis("off")
        self._write(self._box[2] / 2, self._box[3] * 0.56, _short(latest), ha="center", va="center", fontsize=19)

    def _graph(self, properties: Widget) -> None:
        period = properties["period"] * self._scale
        rows = self._rows(properties, period)
        drawn = [(options, series) for options, series in rows if not np.isnan(series).all()]
        if not drawn:
            self._nothing("No data: nothing of it in these logs.")
            return
        legend_rows = -(-len(rows) // 2)
        bottom = 0.34 + 0.15 * legend_rows
        has_right = any(options.get("yAxis") == "right" for options, _ in rows)
        area = self._axes(0.42, bottom, self._box[2] - (0.84 if has_right else 0.54), self._box[3] - HEAD - bottom)
        right = area.twinx() if has_right else None
        times = np.array([datetime.fromtimestamp(start, UTC) for start in self._starts(period)])
        lefts = [(o, s) for o, s in drawn if o.get("yAxis") != "right"]
        if properties.get("stacked") and lefts:
            area.stackplot(
                times, [np.nan_to_num(s) for _, s in lefts], colors=[str(o["color"]) for o, _ in lefts], alpha=0.75
            )
        for options, series in drawn:
            axes = right if options.get("yAxis") == "right" and right else area
            if axes is right or not properties.get("stacked"):
                # A count that is missing isn't between its neighbours: the line breaks, and lone points show.
                drawn_at = np.ones(len(series), bool) if options.get("stat") == "Sum" else ~np.isnan(series)
                mark = "o" if options.get("stat") == "Sum" or (~np.isnan(series)).sum() < 3 else None
                line: dict[str, Any] = {
                    "color": options.get("color"),
                    "linewidth": 1.3,
                    "marker": mark,
                    "markersize": 2,
                }
                axes.plot(times[drawn_at], series[drawn_at], **line)
        self._annotate(properties, area, right)
        self._finish(area, properties["yAxis"]["left"])
        if right is not None:
            self._finish(right, properties["yAxis"].get("right", {}))
        if not lefts:
            area.set_yticks([])
        if len(times) > 1:
            area.set_xlim(times[0], times[-1])
        area.grid(visible=True, axis="y", color=FRAME, linewidth=0.5)
        area.set_axisbelow(True)
        self._legend([options for options, _ in rows], {id(options) for options, _ in drawn}, legend_rows)

    def _annotate(self, properties: Widget, area: Axes, right: Axes | None) -> None:
        for line in properties.get("annotations", {}).get("horizontal", []):
            axes = right if line.get("yAxis") == "right" and right is not None else area
            top = axes.get_ylim()[1]
            if line["value"] > top * 4:
                continue  # CloudWatch would stretch the axis; a run of minutes would then be a flat line
            axes.set_ylim(top=max(top, line["value"] * 1.15))
            axes.axhline(line["value"], color=line["color"], linewidth=0.9, linestyle=(0, (4, 3)))
            edge, side, shift = (0.99, "right", -8) if axes is right else (0.01, "left", 2)
            style: dict[str, Any] = {"color": line["color"], "fontsize": 6, "ha": side}
            where: dict[str, Any] = {
                "xycoords": ("axes fraction", "data"),
                "xytext": (0, shift),
                "textcoords": "offset points",
            }
            axes.annotate(line["label"], (edge, line["value"]), **where, **style)
            if line.get("fill") == "above":
                axes.axhspan(line["value"], axes.get_ylim()[1], color=line["color"], alpha=0.06, linewidth=0)

    @staticmethod
    def _finish(axes: Axes, options: Mapping[str, Any]) -> None:
        axes.set_ylim(bottom=options.get("min", 0))
        if "max" in options:
            axes.set_ylim(top=options["max"] * 1.02)
        axes.tick_params(length=0, labelsize=6.5, colors=MUTED)
        axes.xaxis.set_major_locator(dates.AutoDateLocator(minticks=2, maxticks=6))  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(dates.DateFormatter("%H:%M"))  # type: ignore[no-untyped-call]
        axes.locator_params(axis="y", nbins=4)
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)

    def _legend(self, rows: list[Mapping[str, Any]], drawn: set[int], lines: int) -> None:
        for index, options in enumerate(rows):
            left = 0.16 + (index % 2) * (self._box[2] - 0.2) / 2
            bottom = 0.08 + (lines - 1 - index // 2) * 0.15
            known = id(options) in drawn
            self._write(left, bottom, "■", color=options.get("color") if known else FRAME, fontsize=7)
            label = options["label"] if known else f"{options['label']} (no data)"
            label = textwrap.shorten(label, int(self._box[2] * 8), placeholder="…")
            self._write(left + 0.14, bottom, label, fontsize=6.5, color=INK if known else MUTED)

    def _starts(self, period: float) -> Series:
        first, last = self._points.span
        return np.arange(first // period * period, last, period)

    def _rows(self, properties: Widget, period: float) -> list[tuple[dict[str, Any], Series]]:
        """The visible rows of a widget, each with its options and values."""
        starts = self._starts(period)
        named: dict[str, Series] = {}
        rows: list[tuple[dict[str, Any], Series]] = []
        for row in properties["metrics"]:
            options = {"label": row[1] if len(row) > 1 else "", **row[-1]}
            if "expression" in options:
                series = calculate(options["expression"], named, period)
            else:
                series = self._points.statistic(_metric(row), options["stat"], starts, period)
            if "id" in options:
                named[options["id"]] = series
            if options.get("visible", True):
                rows.append((options, series))
        return rows


def body_of(stack: Mapping[str, Any], variables: Mapping[str, object]) -> dict[str, Any]:
    """The dashboard's body from a stack's JSON, with values of Terraform's variables."""
    text = stack["resource"]["aws_cloudwatch_dashboard"]["overview"]["dashboard_body"]
    body: dict[str, Any] = json.loads(re.sub(r"\$\{var\.(\w+)\}", lambda m: str(variables[m[1]]), text))
    return body


def _metric(row: list[Any]) -> Metric:
    """The key of `datapoints.read`: queues by their contents, services and workers without a dimension."""
    namespace, name, *dimensions = row[:-1]
    if namespace != "AWS/SQS":
        return namespace, name, ""
    return namespace, name, "dlq" if "-dlq" in dimensions[1] else "jobs"


def _short(value: float) -> str:
    if value == round(value):
        return f"{value:.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    return np.format_float_positional(value, precision=3, unique=False, fractional=False, trim="-")
