"""Guard `data-loss`: finds destroyed data, and data that is deleted sooner.

Protections that a resource loses are rows of rules_data.py.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import block, blocks, number
from ops.review.judgements import DATA_LOSS
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import DATA_HELD, display_name, is_parts_queue
from ops.review.verdict import ReviewFinding
from ops.words import count


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """All changes that lose data."""
    for change in plan.changes:
        if change.removes and change.kind in DATA_HELD and not is_parts_queue(change):
            verb = "is destroyed" if change.action is Action.DESTROY else "is replaced"
            yield ReviewFinding(
                DATA_LOSS, change.address, f"The {display_name(change)} {verb}: {DATA_HELD[change.kind]} would be lost."
            )
        if change.kind == "aws_s3_bucket_lifecycle_configuration" and change.action in {Action.CREATE, Action.UPDATE}:
            for sentence in [] if _bucket_is_new(plan, change) else _earlier_expiry(change):
                yield ReviewFinding(DATA_LOSS, change.address, sentence)


def _bucket_is_new(plan: Plan, lifecycle: Change) -> bool:
    """Whether the same plan creates the bucket of the rules, so that it is empty."""
    new = {
        change.after.get("bucket") for change in plan.changes if change.kind == "aws_s3_bucket" and not change.before
    }
    return lifecycle.action is Action.CREATE and lifecycle.after.get("bucket") in {*new, None}


def _earlier_expiry(change: Change) -> Iterator[str]:
    before, after = _expiries(change.before), _expiries(change.after)
    for prefix, days in after.items():
        if prefix not in before or days < before[prefix]:
            where = f"below {prefix}" if prefix else "anywhere in the bucket"
            yield f"Objects {where} are deleted after {count(days, 'day')}."


def _expiries(values: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for rule in blocks(values.get("rule")):
        days = block(rule.get("expiration")).get("days")
        if days and rule.get("status") != "Disabled":
            found[str(block(rule.get("filter")).get("prefix") or rule.get("prefix") or "")] = number(days)
    return found
