"""The guards whose findings are rows of the rules: a single attribute, or one alarm, is enough to judge."""

from collections.abc import Iterator

from ops.review.consequences_data import HELD
from ops.review.judgements import SILENCED, SURVIVAL
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import is_parts_queue
from ops.review.rules import is_known, judgements, rule_of
from ops.review.rules_monitoring import calls_somebody, scales
from ops.review.verdict import ReviewFinding

_ALARMS = {"aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"}
_CALLERS = {"aws_sns_topic", "aws_sns_topic_policy", "aws_sns_topic_subscription"}


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """All that a row refuses, and the alarms that are destroyed."""
    for change in plan.changes:
        for _, judgement in judgements(change, plan):
            if judgement.guard:
                yield ReviewFinding(judgement.guard, change.address, judgement.sentence)
        if change.removes and not _goes_with_helpers(change, plan):
            yield from _silenced(change)


def _silenced(change: Change) -> Iterator[ReviewFinding]:
    if change.kind in _CALLERS:
        words = "is replaced: until its receivers confirm again" if change.action is Action.REPLACE else "goes: then"
        yield ReviewFinding(SILENCED, change.address, f"It {words}, alarms call nobody.")
    if change.kind in _ALARMS and change.action is Action.DESTROY and calls_somebody(change):
        if scales(change):
            yield ReviewFinding(SURVIVAL, change.address, "The fleet no longer grows or shrinks by this alarm.")
        else:
            yield ReviewFinding(
                SILENCED, change.address, "It called somebody, and goes: nobody is told of this any more."
            )


def _goes_with_helpers(change: Change, plan: Plan) -> bool:
    """Whether it is the alarm on what helpers do, and the plan turns them off."""
    turned_off = any(other.action is Action.DESTROY and is_parts_queue(other) for other in plan.changes)
    return turned_off and change.before.get("metric_name") == "HelpFailed"


def find_unjudged(plan: Plan) -> Iterator[ReviewFinding]:
    """What no guard can judge: values known only once applied, and types and attributes without a rule."""
    for change in plan.changes:
        if not is_known(change.kind) and change.kind not in HELD:
            if change.action not in {Action.MOVE, Action.FORGET}:
                yield ReviewFinding("", change.address, f"This review has no rules for {change.kind}.")
            continue
        # What holds data and is replaced is refused anyway.
        if change.action is Action.UPDATE or (change.action is Action.REPLACE and change.kind not in HELD):
            yield from _unjudged(change)


def _unjudged(change: Change) -> Iterator[ReviewFinding]:
    for item in change.differences:
        rule = rule_of(change.kind, item.names)
        name = ".".join(item.names)
        if rule is None and item.is_significant:
            yield ReviewFinding("", change.address, f"This review has no rule for {name}.")
        elif rule and rule.guards and not item.known:
            sentence = f"{name} is known only once applied, as it names something that is made anew."
            yield ReviewFinding("", change.address, sentence)
