"""The statements of the policies of the task role, of the execution role, and of the backend."""

from modules.iam.policies import Statement
from modules.iam.policy_targets import PolicyTargets
from modules.terraform.context import StackContext

# Key prefix of finished videos. docs/reference/job-contract.md, section 3.
OUTPUT_PREFIX = "generated-videos/"

# Key prefix of each attempt's uploads, before they are copied to OUTPUT_PREFIX. The bucket's lifecycle deletes
# leftovers.
INTERMEDIATE_PREFIX = "intermediate/"


def task_statements(context: StackContext, targets: PolicyTargets) -> list[Statement]:
    """The worker's permissions: each action is called by its code."""
    account, config = context.account, context.environment
    further = [f"arn:{account.partition}:s3:::{bucket}" for bucket in config.media.readable_buckets]
    statements = [
        Statement(
            sid="TakeJobs",
            reason="Receive a job, renew its lease, return it or delete it; read the queue's depth every 10 s.",
            actions=[
                "sqs:ReceiveMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:GetQueueAttributes",
            ],
            resources=[targets.queue_arn],
        ),
        Statement(
            sid="DeadLetters",
            reason="Move a message that is no job to the dead-letter queue at once; find jobs there whose worker was "
            "killed, and send their webhooks.",
            actions=["sqs:SendMessage", "sqs:ReceiveMessage"],
            resources=[targets.dead_letter_arn],
        ),
        Statement(
            sid="ReadMedia",
            reason="Fetch clips and music; read only.",
            actions=["s3:GetObject"],
            resources=[f"{arn}/*" for arn in (targets.media_arn, *further)],
        ),
        Statement(
            sid="WriteVideos",
            reason="Upload videos and thumbnails under the attempt's own key, and copy them to the final one; abort an "
            "upload.",
            actions=["s3:PutObject", "s3:AbortMultipartUpload"],
            resources=[f"{targets.media_arn}/{prefix}*" for prefix in (OUTPUT_PREFIX, INTERMEDIATE_PREFIX)],
        ),
        Statement(
            sid="TidyUp",
            reason="Delete intermediate uploads, and parts that helpers made; neither sources nor finished videos.",
            actions=["s3:DeleteObject"],
            resources=[f"{targets.media_arn}/{INTERMEDIATE_PREFIX}*"],
        ),
        Statement(
            sid="FindLeftovers",
            reason="List what an earlier attempt of a job has left, so that only objects that exist are deleted; no "
            "other part of the bucket.",
            actions=["s3:ListBucket"],
            resources=[targets.media_arn],
            # https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
            conditions={"StringLike": {"s3:prefix": f"{INTERMEDIATE_PREFIX}*"}},
        ),
        Statement(
            sid="KeepTheLedger",
            reason="Claim a job or a part of one, renew the claim, record the result. Items are deleted by their time "
            "to live.",
            actions=["dynamodb:GetItem", "dynamodb:UpdateItem"],
            resources=[targets.jobs_table_arn],
        ),
        Statement(
            sid="ProtectItself",
            reason="Protect a rendering worker from scale-in. A task's ARN is unknown before it starts, so this allows "
            "all tasks of the cluster; all are workers.",
            actions=["ecs:UpdateTaskProtection"],
            resources=[account.arn("ecs", f"task/{context.names.cluster}/*")],
        ),
    ]
    if targets.parts_arn:
        statements.append(
            Statement(
                sid="ShareParts",
                reason="Offer parts of a job to idle workers; take an offered part, or pass it on.",
                actions=["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"],
                resources=[targets.parts_arn],
            )
        )
    encryption = config.encryption
    if encryption.queue_key_arn:
        statements.append(
            Statement(
                sid="UseTheQueuesKey",
                reason="Read messages that are encrypted with it; move one to the dead-letter queue, offer parts.",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[encryption.queue_key_arn],
            )
        )
    if encryption.media_key_arn:
        statements.append(
            Statement(
                sid="UseTheMediaKey",
                reason="Read clips and write videos that are encrypted with it, including multipart uploads.",
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[encryption.media_key_arn],
            )
        )
    if config.fleet.ecs_exec:
        statements.append(
            Statement(
                sid="OpenAShell",
                reason="ECS Exec's channels, for which IAM has no resource; only where ecs_exec is on.",
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


def backend_statements(context: StackContext, targets: PolicyTargets) -> list[Statement]:
    """The backend's permissions: send jobs, read their state, fetch finished videos."""
    statements = [
        Statement(
            sid="SendJobs",
            reason="Find the queue, send jobs, show the queue's depth.",
            actions=["sqs:SendMessage", "sqs:GetQueueUrl", "sqs:GetQueueAttributes"],
            resources=[targets.queue_arn],
        ),
        Statement(
            sid="FollowJobs",
            reason="Read a job's state by its id; never change it.",
            actions=["dynamodb:GetItem"],
            resources=[targets.jobs_table_arn],
        ),
        Statement(
            sid="FetchVideos",
            reason="Read finished videos; presigned URLs need the same permission.",
            actions=["s3:GetObject"],
            resources=[f"{targets.media_arn}/{OUTPUT_PREFIX}*"],
        ),
    ]
    encryption = context.environment.encryption
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


def execution_statements(context: StackContext, targets: PolicyTargets) -> list[Statement]:
    """ECS' permissions to start a worker: pull its image, write its log, read its secrets."""
    config = context.environment
    otlp = config.observability.otlp
    headers_arn = otlp.headers_secret_arn if otlp else None
    statements = [
        Statement(
            sid="LogInToTheRegistry",
            reason="IAM has no narrower resource for the log-in.",
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
        ),
        Statement(
            sid="PullTheImage",
            reason="From the worker's repository only.",
            actions=["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            resources=[targets.repository_arn],
        ),
        Statement(
            sid="WriteTheLog",
            reason="One log stream per task, in the workers' log group only; Terraform creates the group.",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[f"{targets.log_group_arn}:*"],
        ),
    ]
    if config.webhook.signed:
        statements.append(
            Statement(
                sid="ReadTheWebhookKey",
                reason="ECS puts the key into the container's environment; the worker's own role can't read it.",
                actions=["secretsmanager:GetSecretValue"],
                resources=[targets.webhook_key_arn],
            )
        )
    if headers_arn:
        statements.append(
            Statement(
                sid="ReadTheCollectorsHeaders",
                reason="ECS puts them into the container's environment; the worker sends them with its traces.",
                actions=["secretsmanager:GetSecretValue"],
                resources=[headers_arn],
            )
        )
    if (config.webhook.signed or headers_arn) and config.encryption.secret_key_arn:
        statements.append(
            Statement(
                sid="OpenTheSecrets",
                reason="The secrets are encrypted with this key.",
                actions=["kms:Decrypt"],
                resources=[config.encryption.secret_key_arn],
            )
        )
    return statements
