"""The guards: each finds one kind of danger in a plan.

A finding makes the review fail unless its guard is allowed by name, on the command line or by a label of the pull
request.
"""

from ops.review import (
    guard_data,
    guard_drift,
    guard_fleet,
    guard_iam,
    guard_network,
    guard_permissions,
    guard_public,
    guard_rules,
)
from ops.review.judgements import DATA_LOSS, ISOLATION, SILENCED, SURVIVAL
from ops.review.plan import Plan
from ops.review.verdict import Verdict

GUARDS = (
    DATA_LOSS,
    guard_fleet.STOPPED,
    guard_fleet.TOO_SMALL,
    SURVIVAL,
    ISOLATION,
    SILENCED,
    guard_public.NAME,
    guard_iam.NAME,
)
"""Names of all guards."""

LABEL_PREFIX = "allow-"
"""Prefix of labels: `allow-data-loss` has the effect of `--allow data-loss`."""


def judge(plan: Plan, allowed: frozenset[str], minimum_pool: int | None = None) -> Verdict:
    """Run all guards on a plan.

    Params:
        plan: the plan.
        allowed: names of guards whose findings are allowed.
        minimum_pool: smallest number of workers always on; default: the environment's file.
    """
    found = sorted(
        {
            *guard_data.find(plan),
            *guard_drift.find(plan),
            *guard_fleet.find_stopped(plan),
            *guard_fleet.find_too_small(plan, minimum_pool),
            *guard_public.find(plan),
            *guard_iam.find(plan),
            *guard_network.find(plan),
            *guard_permissions.find(plan),
            *guard_rules.find(plan),
        },
        key=lambda finding: (GUARDS.index(finding.guard), finding.address, finding.sentence),
    )
    return Verdict(
        refused=tuple(finding for finding in found if finding.guard not in allowed),
        allowed=tuple(finding for finding in found if finding.guard in allowed),
        unjudged=tuple(dict.fromkeys(guard_rules.find_unjudged(plan))),
    )


def allowed_by(labels: list[str]) -> frozenset[str]:
    """The guards that a pull request's labels allow."""
    return frozenset(guard for guard in GUARDS if f"{LABEL_PREFIX}{guard}" in labels)
