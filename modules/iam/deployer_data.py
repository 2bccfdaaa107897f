"""The deployer's permissions on the stores of data."""

from modules.iam.policies import Statement, actions
from modules.iam.policy_targets import named_targets
from modules.terraform.context import StackContext


def data_statements(context: StackContext) -> list[Statement]:
    """Permissions on queues, job table, registry, secret and bucket."""
    environment, targets = context.environment, named_targets(context)
    statements = [
        Statement(
            sid="Queues",
            reason="Settings and tags of the queues; no permission to send or read messages.",
            actions=actions("sqs", "CreateQueue DeleteQueue GetQueueAttributes ListQueueTags")
            + actions("sqs", "SetQueueAttributes TagQueue UntagQueue"),
            resources=[
                targets.queue_arn,
                targets.dead_letter_arn,
                *([targets.parts_arn] if targets.parts_arn else []),
            ],
        ),
        Statement(
            sid="Ledger",
            reason="The table and its settings; no permission to read or write items.",
            actions=actions(
                "dynamodb", "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive"
            )
            + actions("dynamodb", "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable")
            + actions("dynamodb", "UpdateTimeToLive"),
            resources=[targets.jobs_table_arn],
        ),
        Statement(
            sid="Registry",
            reason="The repository, and pushing the images of a release.",
            actions=actions(
                "ecr", "CreateRepository DeleteRepository DescribeRepositories GetLifecyclePolicy DescribeImages"
            )
            + actions(
                "ecr", "PutLifecyclePolicy DeleteLifecyclePolicy PutImageTagMutability PutImageScanningConfiguration"
            )
            + actions("ecr", "ListTagsForResource TagResource UntagResource BatchCheckLayerAvailability BatchGetImage")
            + actions("ecr", "InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage GetDownloadUrlForLayer"),
            resources=[targets.repository_arn],
        ),
        Statement(
            sid="RegistryLogIn",
            reason="Pushing needs a log-in, for which IAM has no narrower resource.",
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
        ),
        Statement(
            sid="Secret",
            reason="The secret's settings, and setting its value; no permission to read it.",
            actions=actions(
                "secretsmanager", "CreateSecret DeleteSecret DescribeSecret GetResourcePolicy PutSecretValue"
            )
            + actions("secretsmanager", "TagResource UntagResource UpdateSecret"),
            resources=[targets.webhook_key_arn],
        ),
        Statement(
            sid="Bucket",
            reason="The media bucket's settings; an adopted bucket's can only be read.",
            actions=actions("s3", "GetAccelerateConfiguration GetBucketAcl GetBucketCORS")
            + actions("s3", "GetBucketLogging GetBucketObjectLockConfiguration GetBucketOwnershipControls")
            + actions("s3", "GetBucketPolicy GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging")
            + actions("s3", "GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration")
            + actions("s3", "GetLifecycleConfiguration GetReplicationConfiguration ListBucket")
            + (
                actions("s3", "CreateBucket DeleteBucket DeleteBucketPolicy PutBucketCORS PutBucketOwnershipControls")
                + actions("s3", "PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning")
                + actions("s3", "PutEncryptionConfiguration PutLifecycleConfiguration")
                if environment.media.create
                else []
            ),
            resources=[targets.media_arn],
        ),
    ]
    if environment.encryption.secret_key_arn:
        statements.append(
            Statement(
                sid="SecretKey",
                reason="Secrets Manager encrypts the value that is set with the caller's permissions on its key.",
                # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=[environment.encryption.secret_key_arn],
                conditions={
                    "StringEquals": {"kms:ViaService": f"secretsmanager.{context.account.region}.amazonaws.com"}
                },
            )
        )
    if not environment.protect_data:
        statements.append(
            Statement(
                sid="Empty",
                reason="Destroying an unprotected environment deletes its objects and images.",
                actions=["s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion", "ecr:BatchDeleteImage"],
                resources=[targets.media_arn, f"{targets.media_arn}/*", targets.repository_arn],
            )
        )
    return statements
