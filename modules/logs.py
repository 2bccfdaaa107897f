"""Where the workers' log lines go."""

from typing import Any

from constructs import Construct

from modules.bindings import aws
from modules.component import Component
from modules.names import Names


class Logs(Component):
    """The log group of the workers. The metrics ride in it too, as EMF lines that CloudWatch reads out of the log.

    Made here and not by the log driver, which would keep lines for ever and need the permission to make groups.

    Params:
        retention_days: days that lines are kept.
        key_arn: KMS key that encrypts them; none: CloudWatch's own.

    Attributes:
        group, arn: name and ARN; the ARN without the `:*` of its streams.
    """

    def __init__(self, scope: Construct, names: Names, *, retention_days: float, key_arn: str | None) -> None:
        super().__init__(scope, "logs")
        group = log_group(self, "worker", names.log_group, retention_days=retention_days, key_arn=key_arn)
        self.group: str = group.name
        self.arn: str = group.arn


def log_group(owner: Component, resource: str, name: str, *, retention_days: float, key_arn: str | None) -> Any:
    """A log group of a component's; `retention_days` and `key_arn` as for `Logs`."""
    group = aws.cloudwatch_log_group.CloudwatchLogGroup(
        owner, resource, name=name, retention_in_days=retention_days, kms_key_id=key_arn, tags=owner.tags
    )
    if key_arn is None:
        owner.accept(group, "CKV_AWS_158", "Lines hold no secret; CloudWatch's own key encrypts them, free of charge.")
    owner.accept(group, "CKV_AWS_338", "Days kept are the operator's choice; a year of render logs serves nobody.")
    return group
