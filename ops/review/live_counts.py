"""Counts in AWS what a plan would lose, where `--live` is given."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops import words
from ops.review.plan import Change


@dataclass(frozen=True)
class LiveCounts:
    """Numbers of messages and entries in AWS, by the change's address; empty when a plan is reviewed offline."""

    counts: Mapping[str, int]

    def amount(self, change: Change, one: str) -> str:
        """`12 messages`, or `N messages` where the number is unknown."""
        found = self.counts.get(change.address)
        return f"N {one}s" if found is None else words.count(found, one)

    def note(self, change: Change) -> str:
        """How to learn N; empty where the number is known."""
        return "" if change.address in self.counts else " (N isn't known offline: `--live` counts)"


OFFLINE = LiveCounts({})


def count(changes: Iterable[Change], sqs: Any, dynamodb: Any) -> LiveCounts:
    """Count the contents of queues and tables that a plan removes. Raises botocore's errors.

    Params:
        changes: the plan's changes.
        sqs, dynamodb: boto3 clients.
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
    return LiveCounts(counts)
