"""The DynamoDB table of jobs."""

from modules.terraform.bindings import TerraformResourceLifecycle, aws
from modules.terraform.component import Component
from modules.terraform.context import StackContext

_HASH_KEYS = {
    "by-property": "property_id",
    "by-video": "video_id",
    "by-status": "status",
    "by-webhook": "webhook_state",
}
"""The attribute that each index finds jobs by; all sort them by `created_at`.

Only keys are in them, so that a renewal of a claim, the most frequent write, writes to none of them."""


class JobTable(Component):
    """The ledger of jobs: one item per job, with the key `job_id`, deleted 30 days later by `expires_at`.

    The worker's conditional writes to it make duplicate messages harmless. Billed on demand, because load comes in
    bursts, and a throttled claim would waste a render. Its indexes find the jobs of a property, of a video, in a
    status, or in a state of their webhook, for `hospup-video jobs` (docs/decisions/0029-indexes-of-the-ledger.md).

    Attributes:
        table, arn: name and ARN.
    """

    def __init__(self, context: StackContext) -> None:
        super().__init__(context, "ledger")
        protect_data = context.environment.protect_data
        dynamodb = aws.dynamodb_table
        table = dynamodb.DynamodbTable(
            self,
            "jobs",
            name=context.names.jobs_table,
            billing_mode="PAY_PER_REQUEST",
            hash_key="job_id",
            attribute=[
                *(dynamodb.DynamodbTableAttribute(name=name, type="S") for name in ("job_id", *_HASH_KEYS.values())),
                dynamodb.DynamodbTableAttribute(name="created_at", type="N"),
            ],
            global_secondary_index=[
                dynamodb.DynamodbTableGlobalSecondaryIndex(
                    name=name, hash_key=hash_key, range_key="created_at", projection_type="KEYS_ONLY"
                )
                for name, hash_key in _HASH_KEYS.items()
            ],
            ttl=dynamodb.DynamodbTableTtl(attribute_name="expires_at", enabled=True),
            point_in_time_recovery=dynamodb.DynamodbTablePointInTimeRecovery(enabled=True),
            server_side_encryption=dynamodb.DynamodbTableServerSideEncryption(enabled=True),
            deletion_protection_enabled=protect_data,
            tags=self.tags,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=protect_data),
        )
        self.accept(table, "CKV_AWS_119", "AWS' own KMS key encrypts it; items name jobs and are gone in 30 days.")
        # The id equals the name, and makes resources that refer to it wait until the table exists.
        self.table: str = table.id
        self.arn: str = table.arn
