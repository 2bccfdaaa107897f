"""The monthly cost of the environment before and after the plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ops.cost import prices as price_table
from ops.cost.coverage import is_priced
from ops.cost.estimate import estimate
from ops.cost.resources import Resources
from ops.cost.usage import Usage
from ops.errors import CostError
from ops.review.plan import Plan


@dataclass(frozen=True)
class CostDelta:
    """Costs in US dollars per month.

    Params:
        before, after: totals.
        groups: before and after for each service whose cost changes.
        released: total after an image is released; None where one is.
        unpriced: addresses of what the plan changes, and whose price isn't known.
    """

    before: float
    after: float
    groups: Mapping[str, tuple[float, float]]
    released: float | None = None
    unpriced: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """Additional cost; negative where it falls."""
        return self.after - self.before


def cost_delta(plan: Plan, usage: Usage) -> CostDelta | str:
    """The cost before and after the plan; or a sentence that says why it is unknown."""
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
    return CostDelta(before.usd, after.usd, changed, _released(plan, usage, prices), _unpriced(plan))


def _unpriced(plan: Plan) -> tuple[str, ...]:
    return tuple(change.address for change in plan.changes if not is_priced(change.kind))


def _released(plan: Plan, usage: Usage, prices: Mapping[str, price_table.Price]) -> float | None:
    """The cost with the pool that the variables set, where the fleet only waits for its image."""
    if plan.variables.get("worker_image_tag") != "":
        return None
    bounds = {"min_capacity": plan.variables.get("warm_pool_size"), "max_capacity": plan.variables.get("max_workers")}
    targets: list[Mapping[str, Any]] = [{**target, **bounds} for target in plan.after.all("aws_appautoscaling_target")]
    if not targets:
        return None
    resources = Resources({**plan.after.by_type, "aws_appautoscaling_target": targets}, plan.after.region, "released")
    return estimate(resources, prices, usage).usd
