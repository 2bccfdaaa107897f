"""What workers may do, and what ECS may do to start them. No policy is AWS' own: those are wider than needed."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from modules.account import Account
from modules.bindings import aws
from modules.component import Component
from modules.names import Names
from modules.policies import Statement, policy

# Where videos go: the one place that a worker may write to. docs: the job contract, section 3.
OUTPUT_PREFIX = "generated-videos/"


@dataclass(frozen=True)
class Granted:
    """The resources that permissions are given on.

    Params:
        queue_arn, dead_letter_arn, media_arn, ledger_arn, repository_arn, log_group_arn: ARNs.
        readable_buckets: names of further buckets that clips come from.
        webhook_key_arn: the secret, or none where webhooks aren't signed.
    """

    queue_arn: str
    dead_letter_arn: str
    media_arn: str
    ledger_arn: str
    repository_arn: str
    log_group_arn: str
    readable_buckets: Sequence[str]
    webhook_key_arn: str | None


class Permissions(Component):
    """The task role (the worker's own) and the execution role (ECS', while it starts a task).

    Params:
        account: whose tasks may take the roles.
        granted: what on.

    Attributes:
        task_role_arn, execution_role_arn: for the task definition.
        ready: the policies, for whoever must not start before they are in force.
    """

    def __init__(self, scope: Construct, names: Names, account: Account, granted: Granted) -> None:
        super().__init__(scope, "permissions")
        trust = policy(
            Statement(
                sid="EcsTasks",
                reason="ECS gives the role to tasks of this account, and can't be talked into doing so for another's.",
                actions=["sts:AssumeRole"],
                principals={"Service": "ecs-tasks.amazonaws.com"},
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
                conditions={
                    "StringEquals": {"aws:SourceAccount": account.id},
                    "ArnLike": {"aws:SourceArn": account.arn("ecs", "*")},
                },
            )
        )
        self.ready: list[Construct] = []
        self.task_role_arn = self._role(
            "task",
            names.task_role,
            "What an FFmpeg worker may do",
            trust,
            policy(*task_statements(granted, account, names.cluster)),
        )
        self.execution_role_arn = self._role(
            "execution",
            names.execution_role,
            "What ECS may do to start an FFmpeg worker",
            trust,
            policy(*execution_statements(granted)),
        )

    def _role(self, noun: str, name: str, description: str, trust: str, document: str) -> str:
        role = aws.iam_role.IamRole(
            self, noun, name=name, description=description, assume_role_policy=trust, tags=self.tags
        )
        # Inline, so that it lives and dies with the role and can't be attached to anyone else.
        self.ready.append(
            aws.iam_role_policy.IamRolePolicy(self, f"policy.{noun}", name=name, role=role.id, policy=document)
        )
        arn: str = role.arn
        return arn


def task_statements(granted: Granted, account: Account, cluster: str) -> list[Statement]:
    """The worker's permissions: each action is one that its code calls."""
    readable = [granted.media_arn, *(f"arn:{account.partition}:s3:::{bucket}" for bucket in granted.readable_buckets)]
    return [
        Statement(
            sid="TakeJobs",
            reason="Receive a job, renew its lease, hand it back or delete it; read the depth at start-up.",
            actions=[
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            ],
            resources=[granted.queue_arn],
        ),
        Statement(
            sid="SetAsideUnreadableJobs",
            reason="A message that can never be a job goes to the dead-letter queue at once, not after three tries.",
            actions=["sqs:SendMessage"],
            resources=[granted.dead_letter_arn],
        ),
        Statement(
            sid="ReadMedia",
            reason="Fetch clips and music. Reads only: sources are the hotel's.",
            actions=["s3:GetObject"],
            resources=[f"{arn}/*" for arn in readable],
        ),
        Statement(
            sid="WriteVideos",
            reason="Publish videos and thumbnails; give up an upload half-way. S3 shows an object only once it is "
            "whole, so there is nothing to rename and nothing to delete.",
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[f"{granted.media_arn}/{OUTPUT_PREFIX}*"],
        ),
        Statement(
            sid="KeepTheLedger",
            reason="Claim a job, renew the claim, record what became of it. Items are deleted by their time to live.",
            actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            resources=[granted.ledger_arn],
        ),
        Statement(
            sid="ProtectItself",
            reason="Keep scale-in from killing a worker that renders. A task can't know its own ARN beforehand: the "
            "cluster's tasks, all of them workers.",
            actions=["ecs:UpdateTaskProtection", "ecs:GetTaskProtection"],
            resources=[account.arn("ecs", f"task/{cluster}/*")],
        ),
    ]


def execution_statements(granted: Granted) -> list[Statement]:
    """ECS' permissions: pull our image, write our log, read our secret, and nothing of anyone else's."""
    statements = [
        Statement(
            sid="LogInToTheRegistry",
            reason="The log-in isn't bound to a repository: IAM knows no narrower resource for it.",
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
        ),
        Statement(
            sid="PullTheImage",
            reason="From our repository only.",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[granted.repository_arn],
        ),
        Statement(
            sid="WriteTheLog",
            reason="One stream a task, in our log group only; the group itself is Terraform's.",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{granted.log_group_arn}:*"],
        ),
    ]
    if granted.webhook_key_arn:
        statements.append(
            Statement(
                sid="ReadTheWebhookKey",
                reason="ECS puts the key into the container's environment; the worker itself may not read it.",
                actions=["secretsmanager:GetSecretValue"],
                resources=[granted.webhook_key_arn],
            )
        )
    return statements
