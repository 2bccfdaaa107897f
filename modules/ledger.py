"""What is known of each job."""

from constructs import Construct

from modules.bindings import TerraformResourceLifecycle, aws
from modules.component import Component
from modules.names import Names


class Ledger(Component):
    """The DynamoDB table of jobs: one item a job, found by `job_id`, gone 30 days later by `expires_at`.

    Its conditional writes are what makes a duplicate message harmless. On-demand billing, since load comes in bursts
    and a throttled claim would cost a render.

    Params:
        protect_data: refuse to destroy the table, in Terraform and in DynamoDB.

    Attributes:
        table, arn: name and ARN.
    """

    def __init__(self, scope: Construct, names: Names, *, protect_data: bool) -> None:
        super().__init__(scope, "ledger")
        dynamodb = aws.dynamodb_table
        table = dynamodb.DynamodbTable(
            self,
            "jobs",
            name=names.ledger,
            billing_mode="PAY_PER_REQUEST",
            hash_key="job_id",
            attribute=[dynamodb.DynamodbTableAttribute(name="job_id", type="S")],
            ttl=dynamodb.DynamodbTableTtl(attribute_name="expires_at", enabled=True),
            point_in_time_recovery=dynamodb.DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=dynamodb.DynamodbTableServerSideEncryption(enabled=True),
            deletion_protection_enabled=protect_data,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        self.accept(table, "CKV_AWS_119", "AWS' own KMS key encrypts it; items name jobs and are gone in 30 days.")
        # The id is the table's name, known only once it exists: whoever refers to it waits for it.
        self.table: str = table.id
        self.arn: str = table.arn
