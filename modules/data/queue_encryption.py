"""The encryption of SQS queues."""

from typing import Any

# Seconds that SQS reuses a data key before it requests another from KMS: an hour means 24 requests per day rather than
# millions.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
_DATA_KEY_REUSE_SECONDS = 3600


def queue_encryption(key_arn: str | None) -> dict[str, Any]:
    """The arguments of a queue that encrypt its messages: with a KMS key, or with SQS' own if `key_arn` is None."""
    if key_arn is None:
        return {"sqs_managed_sse_enabled": True}
    return {"kms_master_key_id": key_arn, "kms_data_key_reuse_period_seconds": _DATA_KEY_REUSE_SECONDS}
