"""Every IAM statement, whole."""

import json
from typing import Any

from tests.infra.stack import Stack

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
PARTITION = "${data.aws_partition.current.partition}"
ECS = f"arn:{PARTITION}:ecs:${{data.aws_region.current.name}}:{ACCOUNT}"


def _allow(sid: str, actions: str | list[str], resources: str | list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def test_task_role_may_do_what_the_worker_does_and_nothing_else(stack: Stack) -> None:
    media = "${data.aws_s3_bucket.media.arn}" if stack.environment == "prod" else "${aws_s3_bucket.media.arn}"
    assert stack.statements("aws_iam_role_policy.task") == [
        _allow(
            "TakeJobs",
            ["sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "${aws_sqs_queue.jobs.arn}",
        ),
        _allow("DeadLetters", ["sqs:SendMessage", "sqs:ReceiveMessage"], "${aws_sqs_queue.dead_letters.arn}"),
        _allow("ReadMedia", "s3:GetObject", f"{media}/*"),
        _allow(
            "WriteVideos",
            ["s3:PutObject", "s3:AbortMultipartUpload"],
            [f"{media}/generated-videos/*", f"{media}/intermediate/*"],
        ),
        _allow("TidyUp", "s3:DeleteObject", f"{media}/intermediate/*"),
        _allow(
            "KeepTheLedger",
            ["dynamodb:GetItem", "dynamodb:UpdateItem"],
            "${aws_dynamodb_table.jobs.arn}",
        ),
        _allow(
            "ProtectItself",
            "ecs:UpdateTaskProtection",
            f"{ECS}:task/hospup-video-processing{stack.suffix}/*",
        ),
    ]


def test_execution_role_starts_our_tasks_and_nothing_else(stack: Stack) -> None:
    assert stack.statements("aws_iam_role_policy.execution") == [
        _allow("LogInToTheRegistry", "ecr:GetAuthorizationToken", "*"),
        _allow(
            "PullTheImage",
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            "${aws_ecr_repository.worker.arn}",
        ),
        _allow(
            "WriteTheLog",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            "${aws_cloudwatch_log_group.worker.arn}:*",
        ),
        _allow("ReadTheWebhookKey", "secretsmanager:GetSecretValue", "${aws_secretsmanager_secret.webhook_key.arn}"),
    ]


def test_roles_are_for_tasks_of_this_account(stack: Stack) -> None:
    for name in ("task", "execution"):
        role = stack.resource(f"aws_iam_role.{name}")
        assert role["name"] == f"hospup-ffmpeg-worker-{name}{stack.suffix}"
        assert role["tags"] == {"Component": "permissions"}
        assert stack.statements(f"aws_iam_role.{name}", "assume_role_policy") == [
            {
                "Sid": "EcsTasks",
                "Effect": "Allow",
                "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": ACCOUNT},
                    "ArnLike": {"aws:SourceArn": f"{ECS}:*"},
                },
            }
        ]
        policy = stack.resource(f"aws_iam_role_policy.{name}")
        assert (policy["name"], policy["role"]) == (role["name"], f"${{aws_iam_role.{name}.id}}")


def test_backend_may_send_follow_and_fetch(stack: Stack) -> None:
    media = "${data.aws_s3_bucket.media.arn}" if stack.environment == "prod" else "${aws_s3_bucket.media.arn}"
    assert stack.statements("aws_iam_policy.backend") == [
        _allow(
            "SendJobs", ["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"], "${aws_sqs_queue.jobs.arn}"
        ),
        _allow("FollowJobs", "dynamodb:GetItem", "${aws_dynamodb_table.jobs.arn}"),
        _allow("FetchVideos", "s3:GetObject", f"{media}/generated-videos/*"),
    ]


def test_no_policy_is_aws_own(stack: Stack) -> None:
    assert ":policy/" not in json.dumps(stack.json["resource"])
    attaching = {"aws_iam_role_policy_attachment", "aws_iam_policy_attachment", "aws_iam_user_policy_attachment"}
    assert not attaching & set(stack.json["resource"])
    for name in ("task", "execution"):
        assert "managed_policy_arns" not in stack.resource(f"aws_iam_role.{name}")
