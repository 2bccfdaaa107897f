"""Guard `data-loss`: what holds data goes, or loses what protects it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.cost.resources import block, blocks, number
from ops.review.data import HOLD_DATA
from ops.review.differences import ABSENT
from ops.review.finding import Finding
from ops.review.kinds import noun
from ops.review.plan import Action, Change, Plan

NAME = "data-loss"


def find(plan: Plan) -> Iterator[Finding]:
    """Everything in the plan that loses data, or makes it easy to lose."""
    for change in plan.changes:
        if change.removes and change.kind in HOLD_DATA:
            verb = "is destroyed" if change.action is Action.DESTROY else "is replaced"
            yield Finding(NAME, change.address, f"The {noun(change)} {verb}: {HOLD_DATA[change.kind]} would be lost.")
        for sentence in _protection_lost(change) if change.action is Action.UPDATE else []:
            yield Finding(NAME, change.address, sentence)
        if change.kind == "aws_s3_bucket_lifecycle_configuration" and change.action in {Action.CREATE, Action.UPDATE}:
            for sentence in [] if _bucket_is_new(plan, change) else _earlier_expiry(change):
                yield Finding(NAME, change.address, sentence)


def _bucket_is_new(plan: Plan, lifecycle: Change) -> bool:
    """Whether the bucket that the rules are for is made by the same plan, and so is empty."""
    new = {
        change.after.get("bucket") for change in plan.changes if change.kind == "aws_s3_bucket" and not change.before
    }
    return lifecycle.action is Action.CREATE and lifecycle.after.get("bucket") in {*new, None}


def _protection_lost(change: Change) -> Iterator[str]:
    what = noun(change)
    kept = change.changed("message_retention_seconds")
    if kept and number(kept.after) < number(kept.before):
        yield f"The {what} keeps messages for {kept.after} s instead of {kept.before}: older ones are deleted."
    for path in ("deletion_protection_enabled", "deletion_protection"):
        if (switch := change.changed(path)) and switch.after == "false":
            yield f"The {what} loses its protection from deletion."
    if (force := change.changed("force_destroy")) and force.after == "true":
        yield f"The {what} may be destroyed with all that it holds."
    if (force := change.changed("force_delete")) and force.after == "true":
        yield f"The {what} may be destroyed with all that it holds."
    if (recovery := change.changed("point_in_time_recovery[0].enabled")) and recovery.after == "false":
        yield f"The {what} can no longer be restored to an earlier moment."
    if change.kind == "aws_s3_bucket_versioning" and any(item.after == "Suspended" for item in change.differences):
        yield "The bucket no longer keeps what is overwritten or deleted."
    dead = change.changed("redrive_policy") or change.changed("redrive_policy.deadLetterTargetArn")
    if dead and dead.known and dead.after == ABSENT:
        yield f"Failed jobs of the {what} no longer go to a dead-letter queue: they are lost when they expire."
    if (enabled := change.changed("is_enabled")) and enabled.after == "false":
        yield f"The {what} is switched off: nothing that it encrypted can be read."


def _earlier_expiry(change: Change) -> Iterator[str]:
    before, after = _expiries(change.before), _expiries(change.after)
    for prefix, days in after.items():
        if prefix not in before or days < before[prefix]:
            where = f"below {prefix}" if prefix else "anywhere in the bucket"
            yield f"Objects {where} are deleted after {days:g} days."


def _expiries(values: Mapping[str, Any]) -> dict[str, float]:
    found: dict[str, float] = {}
    for rule in blocks(values.get("rule")):
        days = block(rule.get("expiration")).get("days")
        if days and rule.get("status") != "Disabled":
            found[str(block(rule.get("filter")).get("prefix") or rule.get("prefix") or "")] = number(days)
    return found
