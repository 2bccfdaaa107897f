"""A plan and all that is said of it."""

from dataclasses import dataclass
from typing import Any

from ops.review.checks import Checks
from ops.review.consequences import consequence
from ops.review.finding import Finding
from ops.review.guards import Verdict
from ops.review.kinds import noun
from ops.review.live import Live
from ops.review.money import Money
from ops.review.plan import Action, Change, Plan
from ops.review.secrets import masked

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
    """What a reviewer gets.

    Params:
        environment: its name.
        commit: what was planned; empty where that isn't known.
        plan: the plan.
        verdict: what the guards say.
        live: what was counted in AWS.
        money: what it costs; a sentence where that can't be told.
        checks: what checkov says; none where it wasn't asked.
    """

    environment: str
    commit: str
    plan: Plan
    verdict: Verdict
    live: Live
    money: Money | str
    checks: Checks | None = None

    @property
    def summary(self) -> str:
        """`1 to destroy, 2 to change`."""
        counts = [f"{number} to {_VERBS[action]}" for action, number in self.plan.counts.items()]
        if not counts and self.plan.outputs:
            return f"only outputs change ({', '.join(self.plan.outputs)})"
        return ", ".join(counts) or "no changes"

    def as_json(self) -> dict[str, Any]:
        """Everything, for programs. Secrets are masked."""
        money: Any = self.money
        if isinstance(money, Money):
            money = {
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
        return {
            "address": change.address,
            "type": change.kind,
            "what": noun(change),
            "action": str(change.action),
            "reason": change.reason,
            "replaced_for": list(change.replaced_for),
            "consequence": masked(consequence(change, self.live)),
            "drifted": change.address in self.plan.drifted,
            "differences": [
                {"path": item.path, "before": item.before, "after": item.after} for item in change.differences
            ],
        }


def _masked(finding: Finding) -> dict[str, str]:
    return {name: masked(text) for name, text in vars(finding).items()}
