"""The ARNs of the resources that policies give permissions on."""

from dataclasses import dataclass

from modules.terraform.context import StackContext


@dataclass(frozen=True)
class PolicyTargets:
    """The ARNs of the resources that the policies give permissions on."""

    queue_arn: str
    dead_letter_arn: str
    parts_arn: str | None
    """None without helpers."""
    media_arn: str
    jobs_table_arn: str
    repository_arn: str
    log_group_arn: str
    webhook_key_arn: str


def named_targets(context: StackContext) -> PolicyTargets:
    """The same ARNs by the resources' names, for policies that may exist before the resources."""
    names, account, environment = context.names, context.account, context.environment
    return PolicyTargets(
        queue_arn=account.arn("sqs", names.queue),
        dead_letter_arn=account.arn("sqs", names.dead_letter_queue),
        parts_arn=account.arn("sqs", names.parts_queue) if environment.fleet.helpers else None,
        media_arn=f"arn:{account.partition}:s3:::{environment.media.bucket or names.media_bucket}",
        jobs_table_arn=account.arn("dynamodb", f"table/{names.jobs_table}"),
        repository_arn=account.arn("ecr", f"repository/{names.registry}"),
        log_group_arn=account.arn("logs", f"log-group:{names.log_group}"),
        # Secrets Manager appends a dash and six random characters to each ARN. A dash and `*` would include the secret
        # of an environment whose name begins with this one's.
        # https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
        webhook_key_arn=account.arn("secretsmanager", f"secret:{names.webhook_secret}-??????"),
    )
