"""What the environment costs a month before the plan and after it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.cost import prices as price_table
from ops.cost.errors import CostError
from ops.cost.estimate import estimate
from ops.cost.resources import Resources
from ops.cost.usage import Usage
from ops.review.plan import Plan


@dataclass(frozen=True)
class Money:
    """US dollars a month.

    Params:
        before, after: in all.
        groups: by service, those that change: before and after.
        released: after, once an image is released; none where one is.
    """

    before: float
    after: float
    groups: Mapping[str, tuple[float, float]]
    released: float | None = None

    @property
    def difference(self) -> float:
        """How much more; below zero: less."""
        return self.after - self.before


def money(plan: Plan, usage: Usage) -> Money | str:
    """The cost of what stands and of what will; or why it can't be told, in a sentence."""
    try:
        prices = price_table.load().region(plan.after.region)
    except CostError as error:
        return str(error)
    before, after = (estimate(resources, prices, usage) for resources in (plan.before, plan.after))
    old, new = before.groups(), after.groups()
    names = sorted({*old, *new}, key=lambda name: -abs(new.get(name, 0) - old.get(name, 0)))
    changed = {
        name: (old.get(name, 0.0), new.get(name, 0.0))
        for name in names
        if abs(new.get(name, 0) - old.get(name, 0)) >= 0.005
    }
    return Money(before.usd, after.usd, changed, _released(plan, usage, prices))


def _released(plan: Plan, usage: Usage, prices: Mapping[str, price_table.Price]) -> float | None:
    """The cost with the pool that the variables ask for, where the fleet only waits for its image."""
    if plan.variables.get("worker_image_tag") != "":
        return None
    bounds = {"min_capacity": plan.variables.get("warm_pool_size"), "max_capacity": plan.variables.get("max_workers")}
    targets: list[Mapping[str, Any]] = [{**target, **bounds} for target in plan.after.all("aws_appautoscaling_target")]
    if not targets:
        return None
    resources = Resources({**plan.after.by_type, "aws_appautoscaling_target": targets}, plan.after.region, "released")
    return estimate(resources, prices, usage).usd
