"""Small models whose every second can be calculated by hand, and trace files."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

from ops.simulation.model import CapacityProvider, MetricQuery, MetricStat, StackModel, WorkerModel
from ops.simulation.timings import LogNormal, Timings
from ops.simulation.traces import Trace
from ops.stack.expressions import compile_expression

EXACT = Timings(
    provision=LogNormal(20, 20),
    pull=LogNormal(10, 10),
    boot=LogNormal(2, 2),
    stop=0.0,
    scaling=3.0,
    publication={"AWS/SQS": 30.0, "AWS/ECS": 30.0, "ECS/ContainerInsights": 30.0, "HospupVideo": 10.0},
    spot_interruptions=0.0,
    log_batch=0.0,
)
"""Timings without randomness: a worker takes jobs 32 s after it is requested, and is billed from the 20th second."""

WORKER = WorkerModel(
    vcpu=2,
    gigabytes=4,
    architecture="ARM64",
    lease_seconds=90,
    renews_lease=True,
    max_receives=3,
    stop_timeout=120,
    protected=True,
    returns_jobs=True,
    peak_seconds=180,
)

ON_DEMAND = (CapacityProvider("FARGATE", 0, 1),)


def model(minimum: int, maximum: int | None = None, **changes: Any) -> StackModel:
    """A service without scaling; `changes` are fields of its worker or of the model."""
    worker = {name: changes.pop(name) for name in list(changes) if hasattr(WORKER, name)}
    return StackModel(
        name="test",
        minimum=minimum,
        maximum=maximum or minimum,
        worker=replace(WORKER, **worker),
        providers=changes.pop("providers", ON_DEMAND),
        **changes,
    )


def query(namespace: str, name: str, *, period: int = 60, statistic: str = "Maximum") -> MetricQuery:
    """A single metric."""
    return MetricQuery({"metric": MetricStat(namespace, name, statistic)}, compile_expression("metric"), period)


def write_trace(path: Path, trace: Trace) -> None:
    """Write what `read_trace` reads."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["arrival_seconds", "render_seconds"])
        rows.writerows((f"{arrival:.3f}", f"{render:.3f}") for arrival, render in trace)
