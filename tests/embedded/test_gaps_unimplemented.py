"""An operation that moto lacks is refused at once and by name, in every wire protocol, by an error that SDKs don't
retry."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from embedded import EmbeddedAws


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("logs", "put_transformer", {"logGroupIdentifier": "workers", "transformerConfig": [{"parseJSON": {}}]}),
        (
            "cloudwatch",
            "put_metric_stream",
            {"Name": "all", "FirehoseArn": "arn", "RoleArn": "arn", "OutputFormat": "json"},
        ),
        ("iam", "generate_service_last_accessed_details", {"Arn": "arn:aws:iam::123456789012:role/workers"}),
    ],
)
def test_refused_at_once(aws: EmbeddedAws, service: str, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match=operation) as refusal:
        getattr(aws.client(service), operation)(**parameters)
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refusal.value.response["ResponseMetadata"]["RetryAttempts"] == 0
