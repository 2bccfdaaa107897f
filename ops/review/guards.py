"""What a plan must not do unless somebody says that it may: each guard finds its own kind of danger.

A finding that isn't allowed makes the review fail. It is allowed by its guard's name, on the command line or by a pull
request's label.
"""

from dataclasses import dataclass

from ops.review import guard_data, guard_fleet, guard_iam, guard_public
from ops.review.finding import Finding
from ops.review.plan import Plan

GUARDS = (guard_data.NAME, guard_fleet.STOPPED, guard_fleet.TOO_SMALL, guard_public.NAME, guard_iam.NAME)
"""Every guard's name."""

LABEL_PREFIX = "allow-"
"""A pull request's label `allow-data-loss` allows what `--allow data-loss` allows."""


@dataclass(frozen=True)
class Verdict:
    """What the guards say of a plan.

    Params:
        refused: findings that nobody allowed.
        allowed: findings that somebody did.
        unjudged: what can't be judged before it is applied, in words.
    """

    refused: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    unjudged: tuple[Finding, ...]


def judge(plan: Plan, allowed: frozenset[str], minimum_pool: int | None = None) -> Verdict:
    """Ask every guard.

    Params:
        plan: what is judged.
        allowed: names of guards whose findings are accepted.
        minimum_pool: workers always on at least; none: what the environment's file says.
    """
    found = sorted(
        {
            *guard_data.find(plan),
            *guard_fleet.find_stopped(plan),
            *guard_fleet.find_too_small(plan, minimum_pool),
            *guard_public.find(plan),
            *guard_iam.find(plan),
        },
        key=lambda finding: (GUARDS.index(finding.guard), finding.address, finding.sentence),
    )
    return Verdict(
        refused=tuple(finding for finding in found if finding.guard not in allowed),
        allowed=tuple(finding for finding in found if finding.guard in allowed),
        unjudged=tuple(guard_iam.find_unjudged(plan)),
    )


def allowed_by(labels: list[str]) -> frozenset[str]:
    """The guards that a pull request's labels allow."""
    return frozenset(guard for guard in GUARDS if f"{LABEL_PREFIX}{guard}" in labels)
