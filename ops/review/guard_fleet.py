"""Guards `fleet-to-zero` and `pool-below-minimum`: find plans that leave no workers, or too few."""

from collections.abc import Iterator

from ops.cost.resources import block, number
from ops.review.plan import Action, Change, Plan
from ops.review.verdict import ReviewFinding
from ops.words import count

STOPPED = "fleet-to-zero"
TOO_SMALL = "pool-below-minimum"


def find_stopped(plan: Plan) -> Iterator[ReviewFinding]:
    """All changes that leave the fleet without workers, if only for minutes."""
    # Before the first image is released all capacities are zero, which is harmless.
    runs = any(number(target.get("max_capacity")) > 0 for target in plan.after.all("aws_appautoscaling_target"))
    for change in plan.changes:
        if change.kind == "aws_appautoscaling_target" and change.action is not Action.CREATE:
            for path, words in (("max_capacity", "No worker may run"), ("min_capacity", "No worker is always on")):
                if number(change.before.get(path)) > 0 and change.after and number(change.after.get(path), 1) == 0:
                    yield ReviewFinding(
                        STOPPED, change.address, f"{words}: {path} goes from {change.before[path]} to 0."
                    )
        if change.kind == "aws_appautoscaling_scheduled_action" and runs:
            most = block(change.after.get("scalable_target_action")).get("max_capacity")
            was = block(change.before.get("scalable_target_action")).get("max_capacity")
            if most is not None and number(most, 1) == 0 and number(was, 1) != 0:
                yield ReviewFinding(STOPPED, change.address, "At its hours no worker may run: max_capacity is 0.")
        if change.kind == "aws_ecs_cluster_capacity_providers" and change.action is Action.DESTROY:
            yield ReviewFinding(
                STOPPED, change.address, "The cluster loses its capacity providers: no worker can start."
            )
        if change.kind == "aws_ecs_service":
            yield from _service_to_zero(change)
        if change.kind == "aws_ecs_cluster" and change.removes:
            yield ReviewFinding(STOPPED, change.address, "The cluster goes, and every worker with it.")


def _service_to_zero(change: Change) -> Iterator[ReviewFinding]:
    if change.action is Action.DESTROY:
        yield ReviewFinding(STOPPED, change.address, "The service goes, and every worker with it.")
    if change.action is Action.REPLACE and not change.create_first:
        yield ReviewFinding(
            STOPPED, change.address, "The service is replaced: every worker stops before new ones start."
        )
    if (count := change.changed("desired_count")) and count.after == "0" and change.action is Action.UPDATE:
        yield ReviewFinding(STOPPED, change.address, f"desired_count goes from {count.before} to 0.")


def find_too_small(plan: Plan, minimum: int | None) -> Iterator[ReviewFinding]:
    """A pool smaller than `minimum`, or by default smaller than the environment's file says."""
    least = minimum if minimum is not None else plan.defaults.get("warm_pool_size")
    if least is None:
        return
    source = "asked for" if minimum is not None else "what the environment's file says"
    for change in plan.changes:
        if change.kind != "aws_appautoscaling_target" or not (change.changed("min_capacity") and change.after):
            continue
        pool = change.after.get("min_capacity")
        stopped = number(pool, 1) == 0 or number(change.after.get("max_capacity"), 1) == 0
        # A fleet at zero is left to the other guard.
        if pool is not None and not stopped and number(pool) < number(least):
            sentence = f"{count(number(pool), 'worker')} always on, fewer than {source}: {number(least):g}."
            yield ReviewFinding(TOO_SMALL, change.address, sentence)
