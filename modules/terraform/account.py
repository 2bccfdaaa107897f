"""The AWS account, region and partition that a stack is deployed to."""

from modules.terraform.bindings import Construct, aws


class Account(Construct):
    """Looked up by data sources, so that no construct depends on the provider's settings.

    Attributes:
        id: twelve-digit account id.
        region: the provider's region.
        partition: `aws`, or the partition of another AWS cloud.
    """

    def __init__(self, scope: Construct) -> None:
        super().__init__(scope, "account")
        aws.data_aws_caller_identity.DataAwsCallerIdentity(self, "identity.current")
        aws.data_aws_region.DataAwsRegion(self, "region.current")
        aws.data_aws_partition.DataAwsPartition(self, "partition.current")
        # Text rather than cdktf's tokens, which lose their ${} inside an expression.
        self.id = "${data.aws_caller_identity.current.account_id}"
        self.region = "${data.aws_region.current.name}"
        self.partition = "${data.aws_partition.current.partition}"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in this account and region: `arn("ecs", "task/my-cluster/*")`."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.id}:{resource}"
