"""IAM: which statement of a policy applies to a request."""

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from embedded.gaps._patch import Function, wrap


def fill() -> None:
    """Fills every gap of this service."""
    pass_requests_as_if_by_tls()


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


def _wants_tls(statement: dict[str, Any]) -> bool:
    """Whether a statement denies just what doesn't come by TLS."""
    condition = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport", "")).lower() == "false"
