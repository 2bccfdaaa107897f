"""All rules: what a change of each attribute of each resource means.

A row is a sentence, a guard that refuses, or `harmless`, with its reason. An attribute without a row is reported as not
judged, as is a type of resource without a table. tests/ops/test_review_rules.py changes every attribute of the
production plan, and none may be without a row.
"""

from collections.abc import Iterator

from ops.review.differences import ABSENT, UNKNOWN, Difference
from ops.review.judgements import Changed, Judgement, Rule, Table, Weight, each, harmless, tells
from ops.review.plan import Action, Change, Plan
from ops.review.rules_access import ACCESS
from ops.review.rules_bucket import BUCKET
from ops.review.rules_data import DATA
from ops.review.rules_monitoring import MONITORING
from ops.review.rules_service import SERVICE
from ops.review.rules_task import TASK

RULES: Table = {**ACCESS, **BUCKET, **DATA, **MONITORING, **SERVICE, **TASK}

_DEPLOYERS_TAGS = {"Project", "Environment"}
"""The tags that the conditions of the deployers' permissions ask for (modules/iam/own_tags.py)."""
_NAMES = {"name", "name_prefix"}
_JUDGED_WHEN_NEW = {"aws_ecs_task_definition"}
"""Types whose new resources are judged by their values too, since a release makes a new one."""


def _tag(changed: Changed) -> Judgement:
    name = changed.item.names[-1] if len(changed.item.names) > 1 else "all of them"
    if not changed.item.known:
        return Judgement("Harmless: AWS derives it from the tags.", Weight.HARMLESS)
    what = "removed" if changed.item.after == ABSENT else f"= {changed.item.after}"
    if name in _DEPLOYERS_TAGS:
        return Judgement(
            f"The tag {name} {what}: deployers may change only what has their environment's tags, so the next "
            "deployment is denied.",
            Weight.HARM,
        )
    return Judgement(f"Only the tag {name} {what}.", Weight.HARMLESS)


_COMMON: dict[str, Rule] = {
    **each(
        "arn arn_without_revision dashboard_arn id key_id owner owner_id query_definition_id registry_id revision "
        "stream_arn stream_label unique_id url",
        harmless("AWS assigns it"),
    ),
    **each("tags tags_all", Rule(_tag)),
    **each("name name_prefix", tells("Under another name, which all that know the old one must learn.")),
    **each("description display_name", harmless("a text for people")),
    "timeouts": harmless("how long Terraform waits; AWS doesn't see it"),
    "region": tells("In another region."),
}
"""Rules for attributes that mean the same in every type of resource."""


def is_known(kind: str) -> bool:
    """Whether this review has rules for a type of resource."""
    return kind in RULES


def rule_of(kind: str, names: tuple[str, ...]) -> Rule | None:
    """The rule for an attribute: the one with the longest matching path, else the common one, else None."""
    table = RULES.get(kind, {})
    for length in range(len(names), 0, -1):
        if rule := table.get(".".join(names[:length])):
            return rule
    return _COMMON.get(names[0]) if names else None


def judgements(change: Change, plan: Plan) -> Iterator[tuple[Difference, Judgement]]:
    """The judgement of every attribute that changes, of a resource that is changed or replaced."""
    if change.action in {Action.UPDATE, Action.REPLACE} or (
        change.action is Action.CREATE and change.kind in _JUDGED_WHEN_NEW
    ):
        for item in change.differences:
            if item.is_significant:
                yield item, _judged(Changed(change, item, plan))


def _judged(changed: Changed) -> Judgement:
    change, item = changed.change, changed.item
    rule = rule_of(change.kind, item.names)
    if rule is None:
        return Judgement(f"Not judged: this review has no rule for {'.'.join(item.names)}.", Weight.UNJUDGED)
    if change.action is Action.CREATE:
        judgement = rule.judge(changed)
        return judgement if judgement.guard else Judgement("", Weight.HARMLESS)
    if change.action is Action.REPLACE and ((not item.known and not rule.guards) or item.names[0] in _NAMES):
        return Judgement("Harmless: the replacement itself is told.", Weight.HARMLESS)
    judgement = rule.judge(changed)
    if change.action is Action.REPLACE and not judgement.guard and {ABSENT, UNKNOWN} & {item.before, item.after}:
        # A replacement drops the values that AWS had filled in, which nobody set differently.
        return Judgement("Harmless: AWS fills it in.", Weight.HARMLESS)
    return judgement
