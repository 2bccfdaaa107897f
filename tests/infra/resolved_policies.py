"""The identity policies of a synthesised stack, by principal, with ARNs in place of Terraform's references."""

import json
import re
from typing import Any

from tests.infra.stack import Stack

ACCOUNT, REGION = "123456789012", "eu-west-1"

_ACCOUNT = {
    "data.aws_partition.current.partition": "aws",
    "data.aws_caller_identity.current.account_id": ACCOUNT,
    "data.aws_region.current.name": REGION,
}
_BY_NAME = {
    "aws_cloudwatch_log_group": ("name", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}"),
    "aws_dynamodb_table": ("name", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}"),
    "aws_ecr_repository": ("name", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{{}}"),
    "aws_s3_bucket": ("bucket", "arn:aws:s3:::{}"),
    "aws_secretsmanager_secret": ("name", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{}}-AbCdEf"),
    "aws_sqs_queue": ("name", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}"),
}
_BY_ID = {
    "aws_kms_key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "aws_vpc": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-0123456789abcdef0",
}
"""ARNs with an id that AWS chooses."""


def principals(stack: Stack) -> dict[str, list[dict[str, Any]]]:
    """The statements of each principal, and of the workers' permissions boundary."""
    roles = stack.json["resource"]["aws_iam_role_policy"]
    found = {name: _statements(stack, f"aws_iam_role_policy.{name}") for name in roles}
    for name in stack.json["resource"]["aws_iam_policy"]:
        principal = "deployer" if name.startswith("deployer_") else name
        found.setdefault(principal, []).extend(_statements(stack, f"aws_iam_policy.{name}"))
    return found


def managed_policies(stack: Stack) -> dict[str, str]:
    """The documents of the managed policies as IAM stores them, without white space."""
    return {
        name: json.dumps(json.loads(resolved(stack, policy["policy"])), separators=(",", ":"))
        for name, policy in stack.json["resource"]["aws_iam_policy"].items()
    }


def resolved(stack: Stack, text: str) -> str:
    """A text with values in place of Terraform's references. Raises KeyError for a reference that is unknown here."""
    return re.sub(r"\$\{([^}]+)\}", lambda match: _value(stack, match[1]), text)


def _value(stack: Stack, reference: str) -> str:
    if reference in _ACCOUNT:
        return _ACCOUNT[reference]
    is_data = reference.startswith("data.")
    kind, name, attribute = reference.removeprefix("data.").split(".")
    if attribute != "arn":
        raise KeyError(reference)
    if kind in _BY_ID:
        return _BY_ID[kind]
    argument, arn = _BY_NAME[kind]
    arguments = stack.data(f"{kind}.{name}") if is_data else stack.resource(f"{kind}.{name}")
    return arn.format(arguments[argument])


def _statements(stack: Stack, address: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(resolved(stack, json.dumps(stack.statements(address))))
    return statements
