"""No secret of a plan is printed, marked as sensitive or not."""

import json
from typing import Any

import pytest

from ops.cost.usage import Usage
from ops.review.cost_delta import cost_delta
from ops.review.guards import judge
from ops.review.live_counts import OFFLINE
from ops.review.markdown import markdown
from ops.review.review import Review
from tests.ops.plan_files import change, plan

SECRET = "whsec-but-not-looking-like-one-0123456789"
OTHER = "s3cr3t-too-98765"


def printed(item: dict[str, Any]) -> str:
    """All output for a plan with one change: comment and JSON."""
    content = plan(item)
    review = Review("prod", "0a1b2c3", content, judge(content, frozenset()), OFFLINE, cost_delta(content, Usage()))
    return markdown(review) + json.dumps(review.as_json())


@pytest.mark.parametrize(
    "item",
    [
        change(
            "aws_x.a", "update", {"v": SECRET}, {"v": OTHER}, before_sensitive={"v": True}, after_sensitive={"v": True}
        ),
        change("aws_x.a", "update", {"v": SECRET}, {"v": OTHER}, before_sensitive={}, after_sensitive={"v": True}),
        change(
            "aws_x.a", "update", {"v": [{"w": SECRET}]}, {"v": [{"w": OTHER}]}, after_sensitive={"v": [{"w": True}]}
        ),
        change("aws_x.a", "update", {"v": SECRET}, {"v": OTHER}, before_sensitive=True, after_sensitive=True),
        change("aws_x.a", "create", None, {"v": SECRET}, before_sensitive=False, after_sensitive={"v": True}),
        change("aws_x.a", "replace", {"v": SECRET}, {}, before_sensitive={"v": True}, after_unknown={"v": True}),
        # Not marked, but known to hold one.
        change("aws_secretsmanager_secret_version.a", "update", {"secret_string": SECRET}, {"secret_string": OTHER}),
        change("aws_ssm_parameter.a", "update", {"value": SECRET}, {"value": OTHER}),
        change("aws_db_instance.a", "update", {"password": SECRET}, {"password": OTHER}),
        change("aws_x.a", "update", {"tags": {"api_key": SECRET}}, {"tags": {"api_key": OTHER}}),
        # In a policy that a guard quotes, and in a name.
        change(
            "aws_iam_role_policy.a",
            "update",
            {"policy": "{}"},
            {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": SECRET}]})},
            after_sensitive={"policy": True},
        ),
        change(
            "aws_sqs_queue_policy.a",
            "create",
            None,
            {
                "policy": json.dumps(
                    {"Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": SECRET, "Principal": "*"}]}
                )
            },
            after_sensitive={"policy": True},
        ),
        change("aws_x.a", "create", None, {"name": SECRET}, after_sensitive={"name": True}),
        # In a container's environment, by the variable's name.
        *[
            change(
                "aws_ecs_task_definition.worker",
                action,
                {
                    "container_definitions": json.dumps(
                        [{"name": "w", "environment": [{"name": name, "value": SECRET}]}]
                    )
                },
                {"container_definitions": json.dumps([{"name": "w", "environment": [{"name": name, "value": OTHER}]}])},
            )
            for name in ("WEBHOOK_SECRET", "GITHUB_TOKEN", "DB_PASSWORD")
            for action in ("replace", "update")
        ],
    ],
)
def test_secrets_are_masked(item: dict[str, Any]) -> None:
    text = printed(item)
    assert SECRET not in text
    assert OTHER not in text
    assert "(sensitive)" in text


@pytest.mark.parametrize(
    "value",
    [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "https://bucket.s3.amazonaws.com/a?X-Amz-Signature=0123abcdef",
        "https://hospup:hunter2hunter2@example.com/",
        "https://hooks.slack.com/services/T000/B000/abcdef",
    ],
)
def test_what_looks_like_a_secret_is_masked_wherever_it_stands(value: str) -> None:
    text = printed(change("aws_x.a", "update", {"description": "old"}, {"description": f"see {value} there"}))
    assert value.partition("X-Amz-")[2] or value not in text
    for part in (
        "IOSFODNN7",
        "MfKQ9r8G",
        "0123456789abcdefghij",
        "MIIE",
        "0123abcdef",
        "hunter2hunter2",
        "B000/abcdef",
    ):
        assert part not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("secret_arn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hospup-Ab12"),
        ("kms_key_id", "1111aaaa"),
        ("token_url", "https://example.com/token"),
        ("name", "secret-sauce"),
    ],
)
def test_what_only_names_a_secret_is_shown(name: str, value: str) -> None:
    assert value in printed(change("aws_x.a", "update", {name: "before"}, {name: value}))
