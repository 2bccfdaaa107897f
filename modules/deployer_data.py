"""The deployer's permissions on what holds data, and on the roles that reach it."""

from modules.account import Account
from modules.config import Environment
from modules.names import Names
from modules.policies import Statement, each


def on_data(names: Names, account: Account, environment: Environment) -> list[Statement]:
    """Queues, ledger, registry, secret, bucket."""
    bucket = f"arn:{account.partition}:s3:::{environment.media.bucket or names.media_bucket}"
    statements = [
        Statement(
            sid="Queues",
            reason="The two queues: settings and tags; no message is sent or read.",
            actions=each("sqs", "CreateQueue DeleteQueue GetQueueAttributes ListQueueTags")
            + each("sqs", "SetQueueAttributes TagQueue UntagQueue"),
            resources=[account.arn("sqs", names.queue), account.arn("sqs", names.dead_letter_queue)],
        ),
        Statement(
            sid="Ledger",
            reason="The table and its settings; no item is read or written.",
            actions=each(
                "dynamodb", "CreateTable DeleteTable DescribeContinuousBackups DescribeTable DescribeTimeToLive"
            )
            + each("dynamodb", "ListTagsOfResource TagResource UntagResource UpdateContinuousBackups UpdateTable")
            + each("dynamodb", "UpdateTimeToLive"),
            resources=[account.arn("dynamodb", f"table/{names.ledger}")],
        ),
        Statement(
            sid="Registry",
            reason="The repository, and the images that a release pushes.",
            actions=each(
                "ecr", "CreateRepository DeleteRepository DescribeRepositories GetLifecyclePolicy DescribeImages"
            )
            + each(
                "ecr", "PutLifecyclePolicy DeleteLifecyclePolicy PutImageTagMutability PutImageScanningConfiguration"
            )
            + each("ecr", "ListTagsForResource TagResource UntagResource BatchCheckLayerAvailability BatchGetImage")
            + each("ecr", "InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage GetDownloadUrlForLayer"),
            resources=[account.arn("ecr", f"repository/{names.registry}")],
        ),
        Statement(
            sid="RegistryLogIn",
            reason="Pushing begins with a log-in, which IAM can't narrow.",
            actions=["ecr:GetAuthorizationToken"],
            resources=["*"],
        ),
        Statement(
            sid="Secret",
            reason="The secret's settings, and to put its value; not to read it.",
            actions=each("secretsmanager", "CreateSecret DeleteSecret DescribeSecret GetResourcePolicy PutSecretValue")
            + each("secretsmanager", "TagResource UntagResource UpdateSecret"),
            # Secrets Manager ends each ARN in six characters of its own.
            resources=[account.arn("secretsmanager", f"secret:{names.webhook_secret}-*")],
        ),
        Statement(
            sid="Bucket",
            reason="The media bucket's settings; of an adopted one, only to look.",
            actions=each("s3", "GetBucket* GetAccelerateConfiguration GetEncryptionConfiguration")
            + each("s3", "GetLifecycleConfiguration GetReplicationConfiguration ListBucket")
            + (
                each("s3", "CreateBucket DeleteBucket DeleteBucketPolicy PutBucket* PutEncryptionConfiguration")
                + each("s3", "PutLifecycleConfiguration")
                if environment.media.create
                else []
            ),
            resources=[bucket],
        ),
    ]
    if not environment.protect_data:
        statements.append(
            Statement(
                sid="Empty",
                reason="An unprotected environment is destroyed with its objects and images.",
                actions=["s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion", "ecr:BatchDeleteImage"],
                resources=[bucket, f"{bucket}/*", account.arn("ecr", f"repository/{names.registry}")],
            )
        )
    return statements


def on_identities(names: Names, account: Account, environment: Environment) -> list[Statement]:
    """The workers' roles and the backend's policy; the deployers' own only to look at."""

    def iam(*resources: str) -> list[str]:
        return [f"arn:{account.partition}:iam::{account.id}:{resource}" for resource in resources]

    roles = iam(f"role/{names.task_role}", f"role/{names.execution_role}")
    boundary = environment.access.permissions_boundary
    return [
        Statement(
            sid="Roles",
            reason="The workers' two roles. Where the account has a permissions boundary, only with it.",
            actions=each("iam", "CreateRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy"),
            resources=roles,
            conditions={"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {},
        ),
        Statement(
            sid="RolesSettings",
            reason="Their settings and removal.",
            actions=each("iam", "DeleteRole GetRole GetRolePolicy ListAttachedRolePolicies ListInstanceProfilesForRole")
            + each("iam", "ListRolePolicies TagRole UntagRole UpdateAssumeRolePolicy UpdateRole"),
            resources=roles,
        ),
        Statement(
            sid="HandRolesToTasks",
            reason="ECS gives them to tasks; they can be handed to nothing else.",
            actions=["iam:PassRole"],
            resources=roles,
            conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        Statement(
            sid="BackendPolicy",
            reason="The policy for the backend.",
            actions=each("iam", "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy")
            + each("iam", "GetPolicyVersion ListPolicyVersions TagPolicy UntagPolicy"),
            resources=iam(f"policy/{names.backend_policy}"),
        ),
        Statement(
            sid="OwnRolesLookedAt",
            reason="Deployers' own policies and roles are in the same state: read, never changed by themselves.",
            actions=each("iam", "GetOpenIDConnectProvider GetPolicy GetPolicyVersion GetRole GetRolePolicy")
            + each("iam", "ListAttachedRolePolicies ListPolicyVersions ListRolePolicies"),
            resources=iam(
                f"policy/{names.deployer_policy}-*",
                f"role/{names.plan_role}",
                f"role/{names.apply_role}",
                "oidc-provider/token.actions.githubusercontent.com",
            ),
        ),
        Statement(
            sid="ServiceRoles",
            reason="An account's first ECS service, and its first scaling, make a role of AWS' own each.",
            actions=["iam:CreateServiceLinkedRole"],
            resources=iam("role/aws-service-role/*"),
            conditions={
                "StringEquals": {
                    "iam:AWSServiceName": ["ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"]
                }
            },
        ),
    ]
