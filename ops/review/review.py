"""The review of a plan: its verdict, cost and checks."""

from dataclasses import dataclass
from typing import Any

from ops.review.checkov import CheckovResult
from ops.review.consequences import consequence
from ops.review.cost_delta import CostDelta
from ops.review.live_counts import LiveCounts
from ops.review.plan import Action, Change, Plan
from ops.review.resource_names import display_name
from ops.review.secrets import masked
from ops.review.verdict import ReviewFinding, Verdict

_VERBS = {
    Action.DESTROY: "destroy",
    Action.REPLACE: "replace",
    Action.FORGET: "forget",
    Action.UPDATE: "change",
    Action.CREATE: "create",
    Action.IMPORT: "import",
    Action.MOVE: "move",
}


@dataclass(frozen=True)
class Review:
    """A reviewed plan.

    Params:
        environment: its name.
        commit: the commit that was planned; empty where it isn't known.
        plan: the plan.
        verdict: the guards' findings.
        live: counts from AWS.
        cost_delta: the change of cost; a sentence where it is unknown.
        checks: checkov's result; None where checkov didn't run.
    """

    environment: str
    commit: str
    plan: Plan
    verdict: Verdict
    live: LiveCounts
    cost_delta: CostDelta | str
    checks: CheckovResult | None = None

    @property
    def summary(self) -> str:
        """`1 to destroy, 2 to change`."""
        counts = [f"{number} to {_VERBS[action]}" for action, number in self.plan.counts.items()]
        if self.plan.lost:
            counts.append(f"{len(self.plan.lost)} not found in AWS")
        if not counts and self.plan.outputs:
            return f"only outputs change ({', '.join(self.plan.outputs)})"
        return ", ".join(counts) or "no changes"

    def as_json(self) -> dict[str, Any]:
        """The review as JSON, with secrets masked."""
        money: Any = self.cost_delta
        if isinstance(money, CostDelta):
            money = {
                "not_priced": list(money.unpriced),
                "monthly_usd_before": round(money.before, 2),
                "monthly_usd_after": round(money.after, 2),
                "monthly_usd_difference": round(money.difference, 2),
                "monthly_usd_once_released": None if money.released is None else round(money.released, 2),
            }
        return {
            "environment": self.environment,
            "commit": self.commit,
            "summary": self.summary,
            "digest": self.plan.digest,
            "empty": self.plan.empty,
            "counts": {str(action): number for action, number in self.plan.counts.items()},
            "unchanged": self.plan.unchanged,
            "changes": [self._change(change) for change in self.plan.changes],
            "not_found": list(self.plan.lost),
            "outputs": list(self.plan.outputs),
            "refused": [_masked(finding) for finding in self.verdict.refused],
            "allowed": [_masked(finding) for finding in self.verdict.allowed],
            "unjudged": [_masked(finding) for finding in self.verdict.unjudged],
            "cost": money,
            "policy": self.checks
            and {
                "passed": self.checks.passed,
                "failed": [vars(check) for check in self.checks.failed],
                "accepted": [vars(check) for check in self.checks.accepted],
            },
        }

    def _change(self, change: Change) -> dict[str, Any]:
        judged = consequence(change, self.plan, self.live)
        return {
            "address": change.address,
            "type": change.kind,
            "what": display_name(change),
            "action": str(change.action),
            "reason": change.reason,
            "replaced_for": list(change.replaced_for),
            "consequence": masked(judged.sentence),
            "weight": judged.weight.name.lower(),
            "drifted": change.address in self.plan.drifted,
            "differences": [
                {"path": item.path, "before": item.before, "after": item.after} for item in change.differences
            ],
        }


def _masked(finding: ReviewFinding) -> dict[str, str]:
    return {name: masked(text) for name, text in vars(finding).items()}
