"""The log group of the workers."""

from typing import Any

from modules.terraform.bindings import aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext


class Logs(Component):
    """The workers' log group. It also receives their metrics, as EMF lines that CloudWatch extracts from the log.

    Created here rather than by the log driver, which would keep lines forever and need permission to create groups.

    Attributes:
        group, arn: name and ARN; the ARN without the `:*` of the log streams.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "logs")
        group = log_group(context, self, "worker", context.names.log_group)
        self.group: str = group.name
        self.arn: str = group.arn


def log_group(context: StackContext, owner: Component, resource: str, name: str) -> Any:
    """A log group that belongs to a component, with the stack's retention and KMS key."""
    key_arn = context.environment.encryption.logs_key_arn
    group = aws.cloudwatch_log_group.CloudwatchLogGroup(
        owner,
        resource,
        name=name,
        retention_in_days=context.variables.log_retention_days,
        kms_key_id=key_arn,
        tags=owner.tags,
    )
    if key_arn is None:
        owner.accept(group, "CKV_AWS_158", "Lines hold no secret; CloudWatch's own key encrypts them, free of charge.")
    owner.accept(group, "CKV_AWS_338", "Days kept are the operator's choice; a year of render logs serves nobody.")
    return group
