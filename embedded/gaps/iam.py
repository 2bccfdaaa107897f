"""IAM: the conditions and resources of policies, and the simulation of policies."""

import fnmatch
import json
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any
from urllib.parse import parse_qs, urlsplit

from moto.core.responses import ActionResult
from moto.iam.access_control import (
    IAMPolicy,
    IAMPolicyStatement,
    IAMRequestBase,
    PermissionResult,
    S3IAMRequest,
)
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from embedded.gaps._patch import Function, add, wrap


def fill() -> None:
    """Fills every gap of this service."""
    ignore_denials_without_tls()
    authorize_tables()
    compare_prefixes()
    simulate_policies()


def ignore_denials_without_tls() -> None:
    """moto applies a `Deny` without evaluating its condition, so "deny requests without TLS" denies every request.

    The embedded AWS listens on loopback without TLS and represents an endpoint with TLS. Without this, no object can be
    put into a bucket whose policy requires TLS.
    """

    def make(original: Function) -> Function:
        def is_action_permitted(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
            if _wants_tls(self._statement):
                return PermissionResult.NEUTRAL
            result: PermissionResult = original(self, *arguments, **named)
            return result

        return is_action_permitted

    wrap(IAMPolicyStatement, "is_action_permitted", make)


def authorize_tables() -> None:
    """moto authorizes a DynamoDB request for the resource `*`, whatever its table.

    Without this, a policy that names a table allows nothing once policies are enforced.
    """

    def make(original: Function) -> Function:
        def check_action_permitted(self: IAMRequestBase, resource: str) -> None:
            original(self, _table(self) if self._service == "dynamodb" else resource)

        return check_action_permitted

    wrap(IAMRequestBase, "check_action_permitted", make)


def _table(request: IAMRequestBase) -> str:
    """The ARN of the table in a request; `*` if it has none."""
    fields = json.loads(request._body or b"{}")
    if "TableName" not in fields:
        return "*"
    return f"arn:aws:dynamodb:{request._region}:{request.account_id}:table/{fields['TableName']}"


_prefix: ContextVar[str | None] = ContextVar("prefix", default=None)
"""The prefix of the S3 request that is being authorized; None if it has none."""


def compare_prefixes() -> None:
    """moto ignores the condition `StringLike` on `s3:prefix`: who may list one folder lists the whole bucket.

    Without this, a task role that lists more than its policy allows would not be noticed.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    """

    def make_check(original: Function) -> Function:
        def check_action_permitted(self: S3IAMRequest, resource: str) -> None:
            asked = parse_qs(urlsplit(self._path).query, keep_blank_values=True)
            token = _prefix.set(asked.get("prefix", [None])[0])
            try:
                original(self, resource)
            finally:
                _prefix.reset(token)

        return check_action_permitted

    def make_statement(original: Function) -> Function:
        def is_action_permitted(self: IAMPolicyStatement, *arguments: Any, **named: Any) -> PermissionResult:
            allowed = self._statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix")
            if allowed is not None and not _is_like(_prefix.get(), allowed):
                return PermissionResult.NEUTRAL
            result: PermissionResult = original(self, *arguments, **named)
            return result

        return is_action_permitted

    wrap(S3IAMRequest, "check_action_permitted", make_check)
    wrap(IAMPolicyStatement, "is_action_permitted", make_statement)


def _is_like(value: str | None, patterns: str | list[str]) -> bool:
    """IAM's `StringLike`: a value that the request lacks matches nothing."""
    listed = [patterns] if isinstance(patterns, str) else patterns
    return value is not None and any(fnmatch.fnmatchcase(value, pattern) for pattern in listed)


def _wants_tls(statement: dict[str, Any]) -> bool:
    """Whether a statement denies only requests without TLS."""
    condition = statement.get("Condition", {}).get("Bool", {})
    return statement["Effect"] == "Deny" and str(condition.get("aws:SecureTransport", "")).lower() == "false"


def simulate_policies() -> None:
    """moto has no `SimulatePrincipalPolicy`.

    `hospup-video doctor` uses it to find missing permissions. Only the policies of the user or role count here, not
    those of groups, nor a permissions boundary. A principal that doesn't exist is an error, as in AWS.
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
    """The policies of a user or a role. Raises moto's error if there is none of this name."""
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
