"""IAM: which statement of a policy applies to a request, and what a principal may do."""

import json
from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, IAMPolicyStatement, IAMRequestBase, PermissionResult
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    pass_requests_as_if_by_tls()
    know_tables()
    simulate_policies()


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


def simulate_policies() -> None:
    """moto has no `SimulatePrincipalPolicy`.

    `hospup-video doctor` asks it what the caller lacks. Here the user's or role's own policies count, not those of
    groups, nor a permissions boundary; a principal that doesn't exist is refused, as by AWS.
    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """

    def simulate_principal_policy(self: IamResponse) -> ActionResult:
        policies = [IAMPolicy(policy) for policy in _policies(self.backend, self._get_param("PolicySourceArn"))]
        resources = self._get_param("ResourceArns") or ["*"]
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": _decision([policy.is_action_permitted(action, resource) for policy in policies]),
                "MatchedStatements": [],
                "MissingContextValues": [],
            }
            for action in self._get_param("ActionNames")
            for resource in resources
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    add(IamResponse, "simulate_principal_policy", simulate_principal_policy)


def _policies(backend: IAMBackend, principal: str) -> Iterator[Any]:
    """The policies of a user or a role. Raises moto's error where there is none of this name."""
    kind, _, name = principal.rpartition(":")[2].partition("/")
    name = name.rpartition("/")[2]
    if kind == "role":
        yield from (backend.get_role_policy(name, policy)[1] for policy in backend.list_role_policies(name))
        yield from backend.list_attached_role_policies(name)[0]
    else:
        backend.get_user(name)
        yield from (backend.get_user_policy(name, policy) for policy in backend.list_user_policies(name))
        yield from backend.list_attached_user_policies(name)[0]


def _decision(results: list[PermissionResult]) -> str:
    if PermissionResult.DENIED in results:
        return "explicitDeny"
    return "allowed" if PermissionResult.PERMITTED in results else "implicitDeny"
