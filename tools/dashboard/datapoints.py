"""Extracts metrics from workers' logs, as CloudWatch would store them.

The workers' metrics are in their EMF lines. Those that AWS publishes of queue and service are calculated from the same
logs: a job's first line says how long it had waited, its lines of metrics when it ended, and a worker's first and last
lines when it ran. Metrics that aren't in the logs, such as memory, have no data.
"""

import contextlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ops.stack.expressions import compile_expression

Series = npt.NDArray[np.float64]
Metric = tuple[str, str, str]
"""Namespace, name, and the first dimension's value (a queue's name, say) or nothing."""

GAUGE_SECONDS = 5.0
"""Time between two calculated samples of AWS's metrics, in seconds."""

STATISTICS: Mapping[str, Callable[[Series], float]] = {
    "Sum": lambda values: float(values.sum()),
    "Average": lambda values: float(values.mean()),
    "Minimum": lambda values: float(values.min()),
    "Maximum": lambda values: float(values.max()),
    "p50": lambda values: float(np.percentile(values, 50)),
    "p95": lambda values: float(np.percentile(values, 95)),
}


@dataclass
class Datapoints:
    """Every metric's values with their times, in seconds of the epoch, and the warnings."""

    values: dict[Metric, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    warnings: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last time. Raises ValueError without values."""
        times = [time for series in self.values.values() for time, _ in series]
        return min(times), max(times)

    def statistic(self, metric: Metric, stat: str, starts: Series, period: float) -> Series:
        """A statistic for each period that begins at `starts`; nan where there is no data."""
        found = np.array(self.values.get(metric, []), dtype=float).reshape(-1, 2)
        result = np.full(len(starts), np.nan)
        for index, start in enumerate(starts):
            inside = found[(found[:, 0] >= start) & (found[:, 0] < start + period), 1]
            if len(inside):
                result[index] = STATISTICS[stat](inside)
        return result


def calculate(expression: str, series: Mapping[str, Series], period: float) -> Series:
    """Metric math over series of equal length, period by period. No data, and a division by zero, give no data (nan).

    Params:
        expression: in CloudWatch's metric math, with the names of `series`.
        series: values by the id of their row.
        period: seconds from one value to the next.

    Raises ValueError for what CloudWatch may know and ops/stack/expressions.py doesn't.
    """
    evaluate = compile_expression(expression, period)
    values = {name: one.tolist() for name, one in series.items()}
    result = np.full(len(next(iter(series.values()))), np.nan)
    for index in range(len(result)):
        with contextlib.suppress(ZeroDivisionError):
            result[index] = evaluate({name: one[index] for name, one in values.items()})
    return result


def read(logs: Iterable[Path]) -> Datapoints:
    """The metrics of some workers' logs, one file per worker."""
    points = Datapoints()
    workers: list[tuple[float, float]] = []
    all_lines: list[dict[str, Any]] = []
    for log in logs:
        lines = list(_lines(log))
        if not lines:
            continue
        workers.append((_time(lines[0]), _time(lines[-1])))
        all_lines += lines
        points.warnings += [line for line in lines if line["level"] != "INFO"]
        for line in lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                when = line["_aws"]["Timestamp"] / 1000
                for metric in directive["Metrics"]:
                    points.values[directive["Namespace"], metric["Name"], ""].append((when, line[metric["Name"]]))
    if workers:
        _gauges(points, workers, list(_jobs(all_lines)))
    return points


def _gauges(points: Datapoints, workers: list[tuple[float, float]], jobs: list[tuple[float, float, float]]) -> None:
    """Add the metrics that AWS would have published of queue and service."""
    began, ended = min(start for start, _ in workers), max(end for _, end in workers)
    for now in np.arange(began, ended, GAUGE_SECONDS):
        there = [sent for sent, _, end in jobs if sent <= now < end]
        running = sum(start <= now <= end for start, end in workers)
        gauges = {
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "jobs"): sum(s <= now < t for s, t, _ in jobs),
            ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "jobs"): sum(t <= now < e for _, t, e in jobs),
            ("AWS/SQS", "ApproximateAgeOfOldestMessage", "jobs"): now - min(there) if there else 0,
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "dlq"): 0,
            ("ECS/ContainerInsights", "RunningTaskCount", ""): running,
            ("ECS/ContainerInsights", "DesiredTaskCount", ""): len(workers),
        }
        for metric, value in gauges.items():
            points.values[metric].append((float(now), float(value)))


def _jobs(lines: list[dict[str, Any]]) -> Iterator[tuple[float, float, float]]:
    """When each job was sent, first received, and ended, by any worker."""
    taken: dict[str, tuple[float, float]] = {}
    ended: dict[str, float] = {}
    for line in sorted(lines, key=_time):
        job = str(line.get("job_id"))
        if line["message"] == "Job started.":
            taken.setdefault(job, (_time(line) - line["waited"], _time(line)))
        elif "JobsCompleted" in line or "JobsFailed" in line:
            ended[job] = _time(line)
    for job, (sent, start) in taken.items():
        yield sent, start, ended.get(job, math.inf)


def _lines(log: Path) -> Iterator[dict[str, Any]]:
    for text in log.read_text(encoding="utf-8").splitlines():
        if text.startswith("{"):
            yield json.loads(text)


def _time(line: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(line["time"]).timestamp()
