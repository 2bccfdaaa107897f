"""IAM policy documents as values: each statement with a name and a reason.

Documents are written into the JSON as they are rather than through `aws_iam_policy_document` data sources: whoever
reads a plan sees the statements themselves, known at plan time, and a test compares them whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from modules.documents import document


@dataclass(frozen=True)
class Statement:
    """One permission.

    Params:
        sid: its name, in CamelCase.
        reason: why it is there: read by whoever reviews it, written nowhere.
        actions: the actions, one by one.
        resources: ARNs; empty in a trust policy, which has none.
        effect: `Allow`, or `Deny` in the TLS-only policies.
        principals: who, in a resource's own policy: `{"Service": "ecs-tasks.amazonaws.com"}`.
        conditions: as IAM writes them.
    """

    sid: str
    reason: str
    actions: Sequence[str]
    resources: Sequence[str] = ()
    effect: Literal["Allow", "Deny"] = "Allow"
    principals: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    conditions: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The statement as IAM reads it. `*` stands for everyone as a principal."""
        rendered: dict[str, Any] = {"Sid": self.sid, "Effect": self.effect}
        if self.principals:
            named = {kind: _one_or_many(who) for kind, who in self.principals.items()}
            rendered["Principal"] = "*" if "*" in named else named
        rendered["Action"] = _one_or_many(self.actions)
        if self.resources:
            rendered["Resource"] = _one_or_many(self.resources)
        if self.conditions:
            rendered["Condition"] = {
                operator: {key: _one_or_many(value) for key, value in keys.items()}
                for operator, keys in self.conditions.items()
            }
        return rendered


def policy(*statements: Statement) -> str:
    """A policy document, as JSON."""
    return document({"Version": "2012-10-17", "Statement": [statement.document() for statement in statements]})


def deny_without_tls(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """The statement that refuses a resource to anyone who comes without TLS."""
    return Statement(
        sid="DenyWithoutTls",
        reason="Nothing travels in the clear, whoever holds whatever permission.",
        actions=actions,
        resources=resources,
        effect="Deny",
        principals={"*": "*"},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _one_or_many(values: str | Sequence[str]) -> str | list[str]:
    if isinstance(values, str):
        return values
    # IAM itself stores a single value as a string: written so, a second plan finds nothing to change.
    return values[0] if len(values) == 1 else list(values)


def each(service: str, actions: str) -> list[str]:
    """`each("sqs", "CreateQueue DeleteQueue")`: the actions with their service."""
    return [f"{service}:{action}" for action in actions.split()]
