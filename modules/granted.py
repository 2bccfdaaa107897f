"""The statements of the three policies: each action is one that is called, each resource one of ours."""

from collections.abc import Sequence
from dataclasses import dataclass

from modules.account import Account
from modules.config import Encryption
from modules.policies import Statement

# Where videos go. docs: the job contract, section 3.
OUTPUT_PREFIX = "generated-videos/"

# Where each attempt's uploads lie until they are copied there; the bucket forgets what is left after a week.
INTERMEDIATE_PREFIX = "intermediate/"


@dataclass(frozen=True)
class Granted:
    """The resources that permissions are given on.

    Params:
        queue_arn, dead_letter_arn, media_arn, ledger_arn, repository_arn, log_group_arn: ARNs.
        readable_buckets: names of further buckets that clips come from.
        webhook_key_arn: the secret, or none where webhooks aren't signed.
        collector_headers_arn: the secret with what the traces' collector asks for, or none.
        encryption: KMS keys that stand before some of these.
        ecs_exec: operators open shells in workers.
        boundary: ARN of the policy that bounds the roles, if the account demands one.
    """

    queue_arn: str
    dead_letter_arn: str
    media_arn: str
    ledger_arn: str
    repository_arn: str
    log_group_arn: str
    readable_buckets: Sequence[str]
    webhook_key_arn: str | None
    collector_headers_arn: str | None
    encryption: Encryption
    ecs_exec: bool
    boundary: str | None


def task_statements(granted: Granted, account: Account, cluster: str) -> list[Statement]:
    """The worker's permissions: each action is one that its code calls."""
    readable = [granted.media_arn, *(f"arn:{account.partition}:s3:::{bucket}" for bucket in granted.readable_buckets)]
    statements = [
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
            sid="DeadLetters",
            reason="A message that can never be a job goes to the dead-letter queue at once, not after three tries; a "
            "job that ended there untold, because its worker was killed, is looked for and told.",
            actions=["sqs:SendMessage", "sqs:ReceiveMessage"],
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
            reason="Upload videos and thumbnails to a key of the attempt's own, copy them to where clients look; give "
            "up an upload half-way.",
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[f"{granted.media_arn}/{prefix}*" for prefix in (OUTPUT_PREFIX, INTERMEDIATE_PREFIX)],
        ),
        Statement(
            sid="TidyUp",
            reason="Remove what was uploaded on the way. Nothing else: neither sources nor finished videos.",
            actions=["s3:DeleteObject"],
            resources=[f"{granted.media_arn}/{INTERMEDIATE_PREFIX}*"],
        ),
        Statement(
            sid="KeepTheLedger",
            reason="Claim a job, renew the claim, record what became of it. Items are deleted by their time to live.",
            actions=["dynamodb:GetItem", "dynamodb:UpdateItem"],
            resources=[granted.ledger_arn],
        ),
        Statement(
            sid="ProtectItself",
            reason="Keep scale-in from killing a worker that renders. A task can't know its own ARN beforehand: the "
            "cluster's tasks, all of them workers.",
            actions=["ecs:UpdateTaskProtection"],
            resources=[account.arn("ecs", f"task/{cluster}/*")],
        ),
    ]
    encryption = granted.encryption
    if encryption.queue_key_arn:
        statements.append(
            Statement(
                sid="UseTheQueuesKey",
                reason="Read messages that are encrypted with it; set one aside in the dead-letter queue.",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[encryption.queue_key_arn],
            )
        )
    if encryption.media_key_arn:
        statements.append(
            Statement(
                sid="UseTheMediaKey",
                reason="Read clips and write videos that are encrypted with it, uploads in parts among them.",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[encryption.media_key_arn],
            )
        )
    if granted.ecs_exec:
        statements.append(
            Statement(
                sid="OpenAShell",
                reason="ECS Exec's channel, which IAM can't narrow to a resource; only where it is asked for.",
                # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
                actions=[
                    "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel",
                    "ssmmessages:OpenDataChannel",
                ],
                resources=["*"],
            )
        )
    return statements


def backend_statements(granted: Granted) -> list[Statement]:
    """The backend's permissions: send jobs, follow them, fetch what came of them."""
    statements = [
        Statement(
            sid="SendJobs",
            reason="Find the queue, put jobs into it, show its depth.",
            actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
            resources=[granted.queue_arn],
        ),
        Statement(
            sid="FollowJobs",
            reason="Read a job's state by its id; never change it.",
            actions=["dynamodb:GetItem"],
            resources=[granted.ledger_arn],
        ),
        Statement(
            sid="FetchVideos",
            reason="Read finished videos, and so sign links to them.",
            actions=["s3:GetObject"],
            resources=[f"{granted.media_arn}/{OUTPUT_PREFIX}*"],
        ),
    ]
    encryption = granted.encryption
    keys = {
        "UseTheQueuesKey": (
            encryption.queue_key_arn,
            ["kms:GenerateDataKey", "kms:Decrypt"],
            "Send encrypted messages.",
        ),
        "UseTheMediaKey": (encryption.media_key_arn, ["kms:Decrypt"], "Read encrypted videos."),
    }
    for sid, (arn, actions, reason) in keys.items():
        if arn:
            statements.append(Statement(sid=sid, reason=reason, actions=actions, resources=[arn]))
    return statements


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
    if granted.collector_headers_arn:
        statements.append(
            Statement(
                sid="ReadTheCollectorsHeaders",
                reason="As the webhook key; the worker sends them with its traces.",
                actions=["secretsmanager:GetSecretValue"],
                resources=[granted.collector_headers_arn],
            )
        )
    if (granted.webhook_key_arn or granted.collector_headers_arn) and granted.encryption.secret_key_arn:
        statements.append(
            Statement(
                sid="OpenTheSecrets",
                reason="They are encrypted with a key of the environment's own.",
                actions=["kms:Decrypt"],
                resources=[granted.encryption.secret_key_arn],
            )
        )
    return statements
