"""How much there is to lose, counted in AWS where that is asked for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.review.plan import Change


@dataclass(frozen=True)
class Live:
    """What was counted in AWS, by the change's address; empty when a plan is reviewed offline."""

    counts: Mapping[str, int]

    def amount(self, change: Change, what: str) -> str:
        """`12 messages`, or an honest N."""
        if change.address in self.counts:
            return f"{self.counts[change.address]:,} {what}"
        return f"N {what}"

    def note(self, change: Change) -> str:
        """How N is found out."""
        return "" if change.address in self.counts else " (N isn't known offline: `--live` counts)"


OFFLINE = Live({})


def count(changes: Iterable[Change], sqs: Any, dynamodb: Any) -> Live:
    """What stands in the queues and tables that would go. Raises botocore's errors.

    Params:
        changes: of the plan.
        sqs, dynamodb: boto3's clients.
    """
    counts: dict[str, int] = {}
    for change in changes:
        if change.removes and change.kind == "aws_sqs_queue" and change.before.get("url"):
            names = ("", "NotVisible", "Delayed")
            attributes = sqs.get_queue_attributes(
                QueueUrl=change.before["url"],
                AttributeNames=[f"ApproximateNumberOfMessages{name}" for name in names],
            )["Attributes"]
            counts[change.address] = sum(map(int, attributes.values()))
        if change.removes and change.kind == "aws_dynamodb_table" and change.before.get("name"):
            table = dynamodb.describe_table(TableName=change.before["name"])["Table"]
            counts[change.address] = int(table["ItemCount"])
    return Live(counts)
