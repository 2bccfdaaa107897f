"""Traces of jobs: read from a file, or drawn at random.

A trace lists jobs by the second of their arrival and the seconds that their renders take.
"""

import csv
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path

Trace = Sequence[tuple[float, float]]
"""Pairs of arrival and render time, in seconds, in the order of arrival."""

RENDER_MEDIAN, RENDER_SPREAD = 22.0, 0.4
"""Render seconds are drawn log-normal around 22 s; 19 of 20 are between 10 and 48."""

BURST_MINUTES = 30.0
# Jobs per hour of a day, as shares of an average hour: quiet nights, a morning, an evening.
_DAY = (
    *(0.35, 0.25, 0.2, 0.2, 0.25, 0.4, 0.6, 0.85, 1.1, 1.3, 1.4, 1.4),
    *(1.3, 1.2, 1.2, 1.25, 1.35, 1.5, 1.6, 1.6, 1.45, 1.2, 0.85, 0.55),
)
_SPIKE_HOUR, _SPIKE_TIMES = 14.0, 4.0


class TraceError(ValueError):
    """A file that is no trace, or an unknown shape; the message says where and what to do."""


def read_trace(path: Path) -> Trace:
    """Read a CSV file with the columns arrival_seconds and render_seconds. Raises `TraceError`, `OSError`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        missing = {"arrival_seconds", "render_seconds"} - set(rows.fieldnames or ())
        if missing:
            raise TraceError(f"{path}: the first line must name arrival_seconds and render_seconds, in any order.")
        jobs = [_row(path, rows.line_num, row) for row in rows]
    if not jobs:
        raise TraceError(f"{path}: holds no job; write one a line below the columns' names.")
    return sorted(jobs)


def trace_text(trace: Trace) -> str:
    """A trace as the CSV that `read_trace` reads."""
    rows = [f"{arrival:.3f},{render:.3f}" for arrival, render in trace]
    return "\n".join(["arrival_seconds,render_seconds", *rows, ""])


def _row(path: Path, line: int, row: dict[str, str]) -> tuple[float, float]:
    try:
        arrival, render = float(row["arrival_seconds"]), float(row["render_seconds"])
    except (TypeError, ValueError) as error:
        raise TraceError(f"{path}, line {line}: two numbers are expected.") from error
    if not (0 <= arrival < math.inf and 0 < render < math.inf):
        raise TraceError(f"{path}, line {line}: arrival_seconds must be 0 or more, render_seconds above 0.")
    return arrival, render


def draw(shape: str, *, hours: float, jobs: int, seed: int) -> Trace:
    """Draw arrivals: `poisson` at one rate, `burst` with half of all jobs in half an hour, `day` with nights, an
    evening and a spike of four times the rate for half an hour.

    Params:
        hours: length of the trace.
        jobs: their number, on average.
        seed: the same seed gives the same trace.
    """
    rng = random.Random(seed)  # noqa: S311  no secret
    rate = _rates(shape, hours)
    steps = 2000
    weights = [rate(hours * (step + 0.5) / steps) for step in range(steps)]
    most = max(weights)
    per_second = jobs / (hours * 3600) * most / (sum(weights) / steps)
    trace: list[tuple[float, float]] = []
    now = 0.0
    # Thinning: arrivals at the highest rate, kept as often as the rate at that time says (Lewis and Shedler, 1979).
    while (now := now + rng.expovariate(per_second)) < hours * 3600:
        if rng.random() * most <= rate(now / 3600):
            trace.append((now, rng.lognormvariate(math.log(RENDER_MEDIAN), RENDER_SPREAD)))
    return trace


def _rates(shape: str, hours: float) -> Callable[[float], float]:
    if shape == "poisson":
        return lambda _hour: 1.0
    if shape == "burst":
        begin, length = hours / 2, min(BURST_MINUTES / 60, hours / 4)
        times = (hours - length) / length
        return lambda hour: times if begin <= hour < begin + length else 1.0
    if shape == "day":
        return _day
    raise TraceError(f"{shape} is no shape of arrivals: choose poisson, burst or day.")


def _day(hour: float) -> float:
    position = hour % 24
    before, after = _DAY[int(position) % 24], _DAY[(int(position) + 1) % 24]
    level = before + (after - before) * (position - int(position))
    return level * _SPIKE_TIMES if _SPIKE_HOUR <= position < _SPIKE_HOUR + 0.5 else level
