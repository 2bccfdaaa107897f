"""Which account, region and partition the stack stands in."""

from constructs import Construct

from modules.bindings import aws


class Account(Construct):
    """Looked up rather than configured, so that the constructs know nothing of the provider's settings.

    Attributes:
        id: the account's twelve digits.
        region: the provider's region.
        partition: `aws`, or that of another AWS cloud.
    """

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "account")
        aws.data_aws_caller_identity.DataAwsCallerIdentity(self, "identity.current")
        aws.data_aws_region.DataAwsRegion(self, "region.current")
        aws.data_aws_partition.DataAwsPartition(self, "partition.current")
        # As text rather than as cdktf's tokens, which lose their ${} within an expression.
        self.id = "${data.aws_caller_identity.current.account_id}"
        self.region = "${data.aws_region.current.name}"
        self.partition = "${data.aws_partition.current.partition}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region: `arn("ecs", "task/my-cluster/*")`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"
