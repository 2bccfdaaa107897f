"""The budget of all texts of a job: whether they may be painted, by the estimates of their costs. Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from worker.job import ErrorCode, PermanentError, Text, limits
from worker.painter.model import PaintOrder
from worker.text.paint.model import Cost


class _Budget(NamedTuple):
    measure: Callable[[Cost], float]
    limit: float
    unit: float
    name: str


def _budgets() -> tuple[_Budget, ...]:
    return (
        _Budget(lambda cost: cost.cpu_seconds, limits.PAINT_CPU_SECONDS, 1, "s of a processor to paint"),
        _Budget(lambda cost: cost.disk_bytes, limits.PAINT_DISK_BYTES, 1024**2, "MiB of disk"),
        _Budget(lambda cost: cost.memory_bytes, limits.PAINT_MEMORY_BYTES, 1024**2, "MiB of memory over the video"),
    )


def check_costs(costs: Mapping[PaintOrder, Cost]) -> None:
    """Raise `PermanentError` (LIMIT_EXCEEDED) with the pointer of the text that costs most, where all together cost
    more than a job may."""
    for measure, limit, unit, name in _budgets():
        total = sum(map(measure, costs.values()))
        if total > limit:
            by_pointer: dict[str, float] = {}
            for order, cost in costs.items():
                by_pointer[order.text.pointer] = by_pointer.get(order.text.pointer, 0.0) + measure(cost)
            pointer = max(by_pointer, key=by_pointer.__getitem__)
            text = next(order.text for order in costs if order.text.pointer == pointer)
            message = (
                f"The texts would take about {total / unit:.0f} {name}, and {limit / unit:g} are possible. This one "
                f"takes most: {_remedy(text)}."
            )
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)


def _remedy(text: Text) -> str:
    """What to reduce: what a text has that costs much."""
    parts = [
        ("its animation shorter", text.animation.into != "none" or text.animation.out != "none"),
        ("its shadows fewer or less blurred", bool(text.style.shadows)),
        ("its background blur smaller in area", text.style.background_blur > 0),
        ("its stroke none", text.style.stroke is not None),
        ("its underline none", text.style.decoration.underline),
    ]
    named = [part for part, applies in parts if applies]
    return f"make {', or '.join([*named, 'its content shorter'])}, or use fewer texts"
