"""The comparison of policies with AWS's service authorization reference finds what it must."""

from typing import Any

import pytest

from tests.infra.arn_patterns import overlap
from tests.infra.service_authorization import Supplement, faults, grants

HERE = "eu-west-1:123456789012"
QUEUE, KEY, VPC = f"arn:aws:sqs:{HERE}:jobs", f"arn:aws:kms:{HERE}:key/*", f"arn:aws:ec2:{HERE}:vpc/*"
SUBNET = f"arn:aws:ec2:{HERE}:subnet/*"
GROUP, RULE = f"arn:aws:ec2:{HERE}:security-group/*", f"arn:aws:ec2:{HERE}:security-group-rule/*"
ROLE = "arn:aws:iam::123456789012:role/x"


def allow(actions: str, *resources: str, keys: str = "") -> dict[str, Any]:
    """A statement with these condition keys."""
    condition = {"Condition": {"StringEquals": dict.fromkeys(keys.split(), "x")}} if keys else {}
    return {"Sid": "S", "Effect": "Allow", "Action": actions.split(), "Resource": list(resources), **condition}


WRONG = [
    (allow("sqs:RecieveMessage", QUEUE), "sqs:RecieveMessage doesn't exist"),
    (allow("nonesuch:GetThing", "*"), "nonesuch:GetThing doesn't exist"),
    (allow("s3:GetBucket*", "arn:aws:s3:::x"), "s3:GetBucket* is a pattern"),
    (allow("sqs:SendMessage", "*"), "sqs:SendMessage is on *, and has narrower resources: queue"),
    (allow("kms:ListAliases", KEY), "kms:ListAliases has effect on * only"),
    (
        allow("s3:ListBucket", "arn:aws:s3:::files/*"),
        "s3:ListBucket has no resource here; it is on accesspoint, bucket",
    ),
    (allow("s3:ListBucket", "arn:aws:s3:::files", QUEUE), f"no action here is on {QUEUE}"),
    (
        allow("kms:ListAliases", "*", keys="kms:KeyOrigin"),
        "kms:ListAliases doesn't know the condition key kms:KeyOrigin",
    ),
    (
        allow("iam:PassRole", ROLE, keys="iam:PermissionsBoundary"),
        "iam:PassRole on a role doesn't know the condition key iam:PermissionsBoundary, so it is never allowed",
    ),
    (allow("kms:CreateAlias", KEY), "kms:CreateAlias also needs an alias"),
    (allow("budgets:ViewBudget", "arn:aws:budgets::1:budget/x"), "ViewBudget depends on billing:GetBillingViewData"),
    (
        allow("ec2:AuthorizeSecurityGroupEgress ec2:CreateTags", GROUP, RULE, keys="aws:ResourceTag/Project"),
        "ec2:AuthorizeSecurityGroupEgress on a security-group-rule doesn't know the condition key "
        "aws:ResourceTag/Project, so it is never allowed",
    ),
    (
        allow("ec2:CreateSubnet ec2:CreateTags", SUBNET, VPC, keys="aws:RequestTag/Project"),
        "ec2:CreateSubnet is on every vpc, because a request's tags are not the vpc's",
    ),
]
"""Statements that AWS would refuse, or not read as they are meant, each with the reason."""


@pytest.mark.parametrize(("statement", "reason"), WRONG)
def test_a_wrong_statement_is_found(statement: dict[str, Any], reason: str) -> None:
    found = faults(grants([statement]))
    assert any(reason in sentence for sentence in found), found


def test_a_right_statement_is_not() -> None:
    right = [
        allow("sqs:SendMessage sqs:GetQueueUrl", QUEUE),
        allow("kms:ListAliases ecr:GetAuthorizationToken", "*"),
        allow("s3:GetObject", "arn:aws:s3:::files/generated-videos/*"),
        allow("iam:PassRole", ROLE, keys="iam:PassedToService"),
        allow("dynamodb:GetItem", f"arn:aws:dynamodb:{HERE}:table/jobs", keys="dynamodb:LeadingKeys"),
    ]
    assert faults(grants(right)) == []


def test_actions_of_one_statement_may_have_their_resources_in_another() -> None:
    alone = [allow("kms:CreateAlias", KEY)]
    assert faults(grants(alone))
    assert not faults(grants([*alone, allow("kms:CreateAlias", f"arn:aws:kms:{HERE}:alias/x")]))


@pytest.mark.parametrize("guard", ["aws:ResourceTag/Project", "ec2:CreateAction"])
def test_tags_that_guard_can_not_be_set_by_whom_they_guard_against(guard: str) -> None:
    changing = allow("ec2:DeleteVpc", VPC, keys="aws:ResourceTag/Project")
    assert faults(grants([changing, allow("ec2:CreateTags", VPC)])) == [
        "S: ec2:CreateTags on every vpc makes any vpc one that the tags' guard lets pass."
    ]
    assert not faults(grants([changing, allow("ec2:CreateTags", VPC, keys=guard)]))
    requested = allow("kms:TagResource", KEY, keys="aws:RequestTag/Project")
    assert faults(grants([allow("kms:PutKeyPolicy", KEY, keys="aws:ResourceTag/Project"), requested]))


def test_what_aws_demands_beyond_its_reference_is_found() -> None:
    alarm = f"arn:aws:cloudwatch:{HERE}:alarm:x"
    narrow = grants([allow("cloudwatch:DescribeAlarms cloudwatch:DeleteAlarms", alarm)])
    demanded = Supplement({"cloudwatch:DescribeAlarms": "Because."}, {}, {})
    assert faults(narrow) == []
    assert faults(narrow, demanded) == ["S: cloudwatch:DescribeAlarms has effect on * only."]
    validated = Supplement({}, {}, {"cloudwatch:DeleteAlarms": {"cloudwatch:DescribeAlarms": "*"}})
    assert faults(narrow, validated) == [
        "cloudwatch:DeleteAlarms checks that its caller has cloudwatch:DescribeAlarms on *."
    ]
    requested = Supplement({}, {"ec2:CreateSecurityGroup": ("vpc",)}, {})
    group = grants([allow("ec2:CreateSecurityGroup", GROUP), allow("ec2:CreateTags", GROUP)])
    assert faults(group) == []
    assert faults(group, requested) == ["S: ec2:CreateSecurityGroup also needs a vpc."]


def test_only_what_is_allowed_is_compared() -> None:
    with pytest.raises(ValueError, match="S is no Allow statement"):
        grants([{**allow("sqs:SendMessage", QUEUE), "Effect": "Deny"}])


@pytest.mark.parametrize(
    ("pattern", "other", "meet"),
    [
        ("a*", "*b", True),
        ("a*c", "ab*", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("", "*", True),
        ("*", "*", True),
        ("a*b", "a*c", False),
        ("queue-??????", "queue-dev-AbCdEf", False),
        ("arn:aws:s3:::files/*", "arn:${Partition}:s3:::${BucketName}", False),
        ("arn:aws:s3:::files/*", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        (f"arn:aws:logs:{HERE}:log-group:/ecs/x", "arn:${Partition}:logs:${Region}:${Account}:log-group:${Name}", True),
        (f"arn:aws:ecs:{HERE}:task/x/*", "arn:${Partition}:ecs:${Region}:${Account}:service/${Cluster}/${Name}", False),
    ],
)
def test_patterns_meet_if_one_arn_matches_both(pattern: str, other: str, meet: bool) -> None:
    assert (overlap(pattern, other), overlap(other, pattern)) == (meet, meet)
