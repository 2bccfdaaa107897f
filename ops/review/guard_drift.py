"""Guards `data-loss` and `fleet-to-zero`, for resources that are in the state and were not found in AWS.

Terraform reports them as drift, and plans to create them: somebody deleted them, or the provider looks in another
region or account. Then the old ones go on, and nothing sends to them or follows them.
https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

import re
from collections.abc import Iterator

from ops.review.guard_fleet import STOPPED
from ops.review.judgements import DATA_LOSS
from ops.review.plan import Change, Plan
from ops.review.resource_names import DATA_HELD, display_name
from ops.review.verdict import ReviewFinding

_ARN_REGION = re.compile(r"^arn:[\w-]+:[\w-]+:([\w-]+):")
_FLEET = {"aws_ecs_cluster", "aws_ecs_service"}


def find(plan: Plan) -> Iterator[ReviewFinding]:
    """The lost resources that hold data, or that the workers are."""
    for address, change in plan.lost.items():
        guard = DATA_LOSS if change.kind in DATA_HELD else STOPPED if change.kind in _FLEET else ""
        if guard:
            what = DATA_HELD.get(change.kind, "its workers")
            found = f"The {display_name(change)} is not found in AWS, and a new one is made without {what}"
            yield ReviewFinding(guard, address, f"{found}: {_why(change, plan)}.")


def _why(change: Change, plan: Plan) -> str:
    match = _ARN_REGION.match(str(change.before.get("arn") or change.before.get("id") or ""))
    if match and match[1] and match[1] != plan.after.region:
        return f"it is in {match[1]}, and the plan is for {plan.after.region}, so the old one goes on there by itself"
    return "somebody deleted it, or the plan is for another account or region"
