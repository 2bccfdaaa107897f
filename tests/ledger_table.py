"""The ledger's table as Terraform makes it, created without Terraform."""

from typing import TYPE_CHECKING

from ops.aws.job_index import INDEXES

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def create_ledger(dynamodb: "DynamoDBClient", name: str) -> None:
    """Create a table with the ledger's key and indexes; tests/infra/test_storage.py compares them with the stack's."""
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "job_id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "N" if name == "created_at" else "S"}
            for name in ("job_id", "created_at", *INDEXES)
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": attribute, "KeyType": "HASH"},
                    {"AttributeName": "created_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for attribute, index in INDEXES.items()
        ],
    )
    # DynamoDB answers before the table is there.
    dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
