"""IAM: which statement of a policy applies to a request."""

import json
from typing import Any

from moto.iam.access_control import IAMPolicyStatement, IAMRequestBase, PermissionResult

from embedded.gaps._patch import Function, wrap


def fill() -> None:
    """Fills every gap of this service."""
    pass_requests_as_if_by_tls()
    know_tables()


def pass_requests_as_if_by_tls() -> None:
    """moto lets a `Deny` count whatever its condition says, and so takes "deny what doesn't come by TLS" for "deny".

    The embedded AWS listens on loopback without TLS and stands for an endpoint that is reached by it. Without this,
    no object can be put into a bucket whose policy insists on TLS.
    """

    def make(original: Function) -> Function:
        def is_action_permitted(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
            if _wants_tls(self._statement):
                return PermissionResult.NEUTRAL
            result: PermissionResult = original(self, *arguments, **named)
            return result

        return is_action_permitted

    wrap(IAMPolicyStatement, "is_action_permitted", make)


def know_tables() -> None:
    """moto judges a DynamoDB request as one on `*`, whichever table it is for.

    Without this, a policy that names a table allows nothing once policies are enforced.
    """

    def make(original: Function) -> Function:
        def check_action_permitted(self: IAMRequestBase, resource: str) -> None:
            original(self, _table(self) if self._service == "dynamodb" else resource)

        return check_action_permitted

    wrap(IAMRequestBase, "check_action_permitted", make)


def _table(request: IAMRequestBase) -> str:
    """The ARN of the table that a request names; `*` where it names none."""
    fields = json.loads(request._body or b"{}")
    if "TableName" not in fields:
        return "*"
    return f"arn:aws:dynamodb:{request._region}:{request.account_id}:table/{fields['TableName']}"


def _wants_tls(statement: dict[str, Any]) -> bool:
    """Whether a statement denies just what doesn't come by TLS."""
    condition = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport", "")).lower() == "false"
