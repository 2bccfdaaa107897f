"""IAM policy documents: statements with a name and a reason, as Python values.

Documents are written into the JSON directly rather than by `aws_iam_policy_document` data sources, so that plans show
the statements, and tests can read them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from modules.terraform.json_document import json_document

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Condition operators of IAM, each with condition keys and their values."""


@dataclass(frozen=True)
class Statement:
    """One permission.

    Params:
        sid: the statement's name, in CamelCase.
        reason: why the permission is needed, for reviewers of the code; not part of the document.
        actions: IAM actions.
        resources: ARNs; empty in a trust policy.
        effect: `Allow`, or `Deny` in the TLS-only policies.
        principals: principals of a resource policy: `{"Service": "ecs-tasks.amazonaws.com"}`; `*` is everyone.
        conditions: operator to condition keys and values.
    """

    sid: str
    reason: str
    actions: Sequence[str]
    resources: Sequence[str] = ()
    effect: Literal["Allow", "Deny"] = "Allow"
    principals: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    conditions: Conditions = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The statement in IAM's JSON format."""
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
    return json_document({"Version": "2012-10-17", "Statement": [statement.to_dict() for statement in statements]})


def deny_without_tls(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """The statement that denies access to a resource without TLS."""
    return Statement(
        sid="DenyWithoutTls",
        reason="Requests without TLS are denied, whatever else is allowed.",
        actions=actions,
        resources=resources,
        effect="Deny",
        principals={"*": "*"},
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )


def _one_or_many(values: str | Sequence[str]) -> str | list[str]:
    if isinstance(values, str):
        return values
    # IAM stores a single value as a string; a list of one would show as a change in every plan.
    return values[0] if len(values) == 1 else list(values)


def actions(service: str, names: str) -> list[str]:
    """The actions of a service: `actions("sqs", "CreateQueue DeleteQueue")`."""
    return [f"{service}:{name}" for name in names.split()]
