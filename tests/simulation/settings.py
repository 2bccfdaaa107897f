"""Small settings whose every second can be reckoned by hand."""

from dataclasses import replace
from typing import Any

from ops.simulation.expressions import compile_expression
from ops.simulation.model import Provider, Setting, Source, Watched, WorkerSetting
from ops.simulation.timings import LogNormal, Timings

EXACT = Timings(
    provision=LogNormal(20, 20),
    pull=LogNormal(10, 10),
    boot=LogNormal(2, 2),
    stop=0.0,
    scaling=3.0,
    publication={"AWS/SQS": 30.0, "AWS/ECS": 30.0, "ECS/ContainerInsights": 30.0, "HospupVideo": 10.0},
    spot_interruptions=0.0,
)
"""Nothing is left to chance: a worker takes jobs 32 s after it is asked for, and is billed from the 20th."""

WORKER = WorkerSetting(
    vcpu=2,
    gigabytes=4,
    architecture="ARM64",
    lease_seconds=90,
    renews_lease=True,
    max_receives=3,
    stop_timeout=120,
    protected=True,
    hands_back=True,
    peak_seconds=180,
)

ON_DEMAND = (Provider("FARGATE", 0, 1),)


def setting(minimum: int, maximum: int | None = None, **changes: Any) -> Setting:
    """A service that nothing scales, with changes of its worker or of itself."""
    worker = {name: changes.pop(name) for name in list(changes) if hasattr(WORKER, name)}
    return Setting(
        name="test",
        minimum=minimum,
        maximum=maximum or minimum,
        worker=replace(WORKER, **worker),
        providers=changes.pop("providers", ON_DEMAND),
        **changes,
    )


def watched(namespace: str, name: str, *, period: int = 60, statistic: str = "Maximum") -> Watched:
    """A single metric."""
    return Watched({"metric": Source(namespace, name, statistic)}, compile_expression("metric"), period)
