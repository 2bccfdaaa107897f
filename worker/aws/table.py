"""Items of the ledger's DynamoDB table: read one, and update one on a condition."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_PLACEHOLDER = re.compile(r"#(\w+)")


class Table:
    """A DynamoDB table whose key is `job_id`. Every method raises botocore's errors where DynamoDB fails."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def read(self, key: str) -> dict[str, Any] | None:
        """The item at a key as it is now; None where there is none."""
        answer = self._client.get_item(TableName=self._name, Key=_to_item({"job_id": key}), ConsistentRead=True)
        return _from_item(answer["Item"]) if "Item" in answer else None

    def update(
        self,
        key: str,
        expression: str,
        values: Mapping[str, Any],
        condition: str = "",
        *,
        names: Mapping[str, str] | None = None,
    ) -> dict[str, Any] | None:
        """Update the item at a key, and return it as it is then; None where the condition does not hold.

        `expression` and `condition` are DynamoDB's, `values` those of their placeholders (`:name`). The placeholder
        `#name` is the attribute `name`, or what `names` says. Every value must be used.
        """
        attributes = {f"#{name}": name for name in _PLACEHOLDER.findall(f"{expression} {condition}")} | dict(
            names or {}
        )
        optional: dict[str, Any] = {"ExpressionAttributeNames": attributes} if attributes else {}
        if condition:
            optional["ConditionExpression"] = condition
        if values:
            optional["ExpressionAttributeValues"] = _to_item(values)
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key=_to_item({"job_id": key}),
                UpdateExpression=expression,
                ReturnValues="ALL_NEW",
                **optional,
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            return None
        return _from_item(answer["Attributes"])


def seconds(value: float) -> Decimal:
    """A time or a duration with the precision that is stored: milliseconds."""
    return Decimal(f"{value:.3f}")


def _to_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """Python values as DynamoDB's: `{"S": ...}`, `{"N": ...}` and so on."""
    serializer = TypeSerializer()
    return {name: serializer.serialize(value) for name, value in values.items()}


def _from_item(item: Mapping[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {name: deserializer.deserialize(value) for name, value in item.items()}
