"""A deployer can't become an administrator, whatever it writes into the roles and policies that it may write."""

import fnmatch
from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.authorization_reference import access_level
from tests.infra.configurations import BOUNDARY
from tests.infra.resolved_policies import ACCOUNT, REGION, principals, resolved
from tests.infra.service_authorization import Grant, grants
from tests.infra.stack import Stack

OWN_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/hospup-video-worker-boundary-closed"
BOUNDED = "iam:PermissionsBoundary"
PASSED = {"iam:PassRole": "iam:PassedToService", "iam:CreateServiceLinkedRole": "iam:AWSServiceName"}


@pytest.fixture(params=["own", "closed", "options"])
def deployer(request: pytest.FixtureRequest, synthesised: Callable[[str], Stack]) -> list[Grant]:
    """The grants of a deployer: with a configured boundary or the stack's own, with an own VPC or an existing one."""
    return grants(principals(synthesised(request.param))["deployer"])


def changing(granted: list[Grant]) -> list[tuple[str, Grant]]:
    """The actions on IAM that change what somebody may do."""
    return [
        (action, grant)
        for grant in granted
        for action in grant.actions
        if action.startswith("iam:") and access_level(action) in {"Permissions management", "Write"}
    ]


def test_a_deployer_changes_the_workers_two_roles_only_and_only_with_the_boundary(deployer: list[Grant]) -> None:
    found = changing(deployer)
    assert {action for action, _ in found} >= {"iam:PutRolePolicy", "iam:PassRole"}
    for action, grant in found:
        assert grant.keys == {PASSED.get(action, BOUNDED)}, action
        if action != "iam:CreateServiceLinkedRole":
            assert all(":role/hospup-ffmpeg-worker-" in role for role in grant.resources), action


def test_a_deployer_takes_no_boundary_away_and_changes_no_managed_policy(deployer: list[Grant]) -> None:
    actions = {action for action, _ in changing(deployer)}
    assert not {action for action in actions if "Policy" in action} - {
        "iam:DeleteRolePolicy",
        "iam:PutRolePolicy",
        "iam:UpdateAssumeRolePolicy",
    }
    assert "iam:DeleteRolePermissionsBoundary" not in actions


@pytest.mark.parametrize(("name", "boundary"), [("own", BOUNDARY), ("closed", OWN_BOUNDARY)])
def test_the_boundary_is_the_one_that_the_roles_have(
    name: str, boundary: str, synthesised: Callable[[str], Stack]
) -> None:
    stack = synthesised(name)
    (bounded,) = [one for one in principals(stack)["deployer"] if BOUNDED in str(one.get("Condition"))]
    assert bounded["Condition"] == {"StringEquals": {BOUNDED: boundary}}
    own = "${aws_iam_policy.worker_boundary.arn}"
    for role in ("task", "execution"):
        has = stack.resource(f"aws_iam_role.{role}")["permissions_boundary"]
        assert has == (boundary if name == "own" else own)
    if name == "closed":
        assert boundary.endswith(f":policy/{stack.resource('aws_iam_policy.worker_boundary')['name']}")
    else:
        assert "worker_boundary" not in stack.json["resource"]["aws_iam_policy"]


@pytest.mark.parametrize("name", ["prod", "dev", "options", "closed"])
def test_the_boundary_allows_what_the_roles_need_and_no_more(name: str, synthesised: Callable[[str], Stack]) -> None:
    found = principals(synthesised(name))
    within = pairs(found["worker_boundary"])
    needed = pairs(found["task"]) | pairs(found["execution"])
    outside = {
        (action, resource)
        for action, resource in needed
        if not any(action == same and fnmatch.fnmatchcase(resource, pattern) for same, pattern in within)
    }
    assert not outside
    assert len(within) == len(needed)


def pairs(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Each action with each of its resources."""
    return {
        (action, resource) for grant in grants(statements) for action in grant.actions for resource in grant.resources
    }


def test_a_deployer_changes_its_own_key_alone(closed: Stack, own: Stack) -> None:
    key = resolved(closed, "${aws_kms_key.alarms.arn}")
    on_keys = [
        grant
        for grant in grants(principals(closed)["deployer"])
        if any(action.startswith("kms:") and action != "kms:ListAliases" for action in grant.actions)
    ]
    alias = ":alias/hospup-video-alarms-closed"
    assert {resource for grant in on_keys for resource in grant.resources if not resource.endswith(alias)} == {key}
    (configured,) = [one for one in principals(own)["deployer"] if "kms:" in str(one["Action"])]
    assert configured["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    via = f"secretsmanager.{REGION}.amazonaws.com"
    assert configured["Condition"] == {"StringEquals": {"kms:ViaService": via}}


def test_a_deployer_changes_a_network_in_place(closed: Stack) -> None:
    """Changes that no deployment of the tests makes: from one NAT gateway to two, and back."""
    actions = {action for grant in grants(principals(closed)["deployer"]) for action in grant.actions}
    assert {"ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation"} <= actions


def test_only_the_own_vpcs_default_group_is_tagged_after_its_creation(closed: Stack) -> None:
    (adopted,) = [one for one in principals(closed)["deployer"] if one["Sid"] == "DefaultGroupTagged"]
    assert adopted["Condition"] == {"ArnEquals": {"ec2:Vpc": resolved(closed, "${aws_vpc.workers.arn}")}}


def test_tags_are_set_by_exactly_what_creates(closed: Stack) -> None:
    statements = principals(closed)["deployer"]
    creating = {
        action.removeprefix("ec2:")
        for grant in grants(statements)
        if any(key.startswith("aws:RequestTag/") for key in grant.keys)
        for action in grant.actions
    }
    conditions = [one["Condition"]["StringEquals"] for one in statements if "ec2:CreateAction" in str(one)]
    named = [values["ec2:CreateAction"] for values in conditions]
    assert {action for values in named for action in ([values] if isinstance(values, str) else values)} == creating
    assert "AuthorizeSecurityGroupEgress" in creating
