"""Least privilege of the roles' and the backend's policies. tests/worker/test_least_privilege.py compares the task role
with the calls that a worker makes."""

import json

import pytest

from tests.infra.stack import Stack

TASK, EXECUTION, BACKEND = "aws_iam_role_policy.task", "aws_iam_role_policy.execution", "aws_iam_policy.backend"
POLICIES = (TASK, EXECUTION, BACKEND)
ACCOUNT = "${data.aws_caller_identity.current.account_id}"


def grants(stack: Stack, policy: str, service: str = "") -> set[tuple[str, str]]:
    """The actions that a policy allows, each with its resource; only those of a service, if one is given."""
    found = set()
    for statement in stack.statements(policy):
        assert statement["Effect"] == "Allow"
        actions, resources = (
            [values] if isinstance(values, str) else values for values in (statement["Action"], statement["Resource"])
        )
        found |= {(action, resource) for action in actions for resource in resources}
    return {grant for grant in found if grant[0].startswith(f"{service}:" if service else "")}


def media(stack: Stack) -> str:
    return "${data.aws_s3_bucket.media.arn}" if stack.environment == "prod" else "${aws_s3_bucket.media.arn}"


@pytest.mark.parametrize("policy", POLICIES)
def test_actions_are_listed_one_by_one(stack: Stack, policy: str) -> None:
    assert not [action for action, _ in grants(stack, policy) if "*" in action]


@pytest.mark.parametrize("policy", POLICIES)
def test_resources_are_the_stacks_own(stack: Stack, policy: str) -> None:
    own = ("${aws_", media(stack), "arn:${data.aws_partition.current.partition}:ecs:")
    foreign = {grant for grant in grants(stack, policy) if not grant[1].startswith(own)}
    # IAM has no narrower resource for the registry's log-in.
    assert foreign == ({("ecr:GetAuthorizationToken", "*")} if policy == EXECUTION else set())


def test_the_worker_writes_videos_and_deletes_intermediates_only(stack: Stack) -> None:
    bucket = media(stack)
    s3 = grants(stack, TASK, "s3")
    assert {resource for action, resource in s3 if action == "s3:PutObject"} == {
        f"{bucket}/generated-videos/*",
        f"{bucket}/intermediate/*",
    }
    assert {resource for action, resource in s3 if action == "s3:DeleteObject"} == {f"{bucket}/intermediate/*"}


def test_the_worker_lists_intermediates_only(stack: Stack) -> None:
    statements = stack.statements(TASK)
    (listing,) = [statement for statement in statements if "s3:ListBucket" in statement["Action"]]
    assert listing["Resource"] == media(stack)
    assert listing["Condition"] == {"StringLike": {"s3:prefix": "intermediate/*"}}


def test_the_worker_deletes_no_job_and_no_dead_letter(stack: Stack) -> None:
    assert {action for action, _ in grants(stack, TASK, "dynamodb")} == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    dead_letters = {
        action for action, resource in grants(stack, TASK, "sqs") if resource == "${aws_sqs_queue.dead_letters.arn}"
    }
    assert dead_letters == {"sqs:SendMessage", "sqs:ReceiveMessage"}


def test_the_worker_offers_and_takes_parts(stack: Stack) -> None:
    queue = "${aws_sqs_queue.parts.arn}"
    assert {action for action, resource in grants(stack, TASK) if resource == queue} == {
        "sqs:SendMessage",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
    }
    assert queue not in {resource for _, resource in grants(stack, BACKEND)}


def test_the_worker_protects_tasks_of_its_own_cluster_only(stack: Stack) -> None:
    ((action, resource),) = grants(stack, TASK, "ecs")
    assert action == "ecs:UpdateTaskProtection"
    assert resource.endswith(f":task/hospup-video-processing{stack.suffix}/*")


def test_only_ecs_reads_the_webhook_key(stack: Stack) -> None:
    key = ("secretsmanager:GetSecretValue", "${aws_secretsmanager_secret.webhook_key.arn}")
    assert key in grants(stack, EXECUTION)
    assert not grants(stack, TASK, "secretsmanager") | grants(stack, BACKEND, "secretsmanager")


def test_ecs_pulls_logs_and_reaches_no_data(stack: Stack) -> None:
    services = {action.partition(":")[0] for action, _ in grants(stack, EXECUTION)}
    assert services == {"ecr", "logs", "secretsmanager"}


def test_the_backend_sends_jobs_and_changes_nothing_else(stack: Stack) -> None:
    verbs = {action.partition(":")[2] for action, _ in grants(stack, BACKEND)}
    assert {verb for verb in verbs if not verb.startswith("Get")} == {"SendMessage"}
    assert grants(stack, BACKEND, "s3") == {("s3:GetObject", f"{media(stack)}/generated-videos/*")}
    assert "${aws_sqs_queue.dead_letters.arn}" not in {resource for _, resource in grants(stack, BACKEND)}


@pytest.mark.parametrize("name", ["task", "execution"])
def test_roles_are_for_tasks_of_this_account(stack: Stack, name: str) -> None:
    (trust,) = stack.statements(f"aws_iam_role.{name}", "assume_role_policy")
    assert (trust["Principal"], trust["Action"]) == ({"Service": "ecs-tasks.amazonaws.com"}, "sts:AssumeRole")
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"].endswith(f":{ACCOUNT}:*")


def test_no_policy_is_aws_own(stack: Stack) -> None:
    assert ":policy/" not in json.dumps(stack.json["resource"])
    attaching = {"aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_user_policy_attachment"}
    assert not attaching & set(stack.json["resource"])
    for name in ("task", "execution"):
        assert "managed_policy_arns" not in stack.resource(f"aws_iam_role.{name}")
