"""The queue of offered parts: a coordinator sends offers, and idle workers receive them, each once.

An offer is deleted when it is received: one that is lost costs nothing, since its coordinator renders what no other
worker claims.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from worker.aws.queue import LONG_POLL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MESSAGE_BYTES_MAX = 256 * 1024
"""Largest message that every SQS queue takes, and largest batch.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


_BATCH = 10
"""Most messages of a request."""


class PartsQueue:
    """The queue at `url`; a receive waits at most `long_poll_seconds`. Raises botocore's errors where SQS fails."""

    def __init__(self, sqs: "SQSClient", url: str, long_poll_seconds: int = LONG_POLL_SECONDS) -> None:
        self._sqs = sqs
        self._url = url
        self._long_poll_seconds = long_poll_seconds

    def offer(self, orders: Sequence[str]) -> None:
        """Send offers, each of at most `MESSAGE_BYTES_MAX`, in as few requests as possible. One that SQS refuses is
        lost."""
        for batch in _batches(orders):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(number), "MessageBody": order} for number, order in enumerate(batch)
            ]
            self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)

    def receive(self) -> tuple[str, str] | None:
        """Wait for an offer. Returns its text and its receipt handle; None if none came."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url, MaxNumberOfMessages=1, WaitTimeSeconds=self._long_poll_seconds
        )
        for message in answer.get("Messages", []):
            return message.get("Body", ""), message["ReceiptHandle"]
        return None

    def delete(self, receipt_handle: str) -> None:
        """Delete an offer."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle)

    def put_back(self, receipt_handle: str) -> None:
        """Let another worker receive an offer at once."""
        self._sqs.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=0)


def _batches(orders: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for order in orders:
        size = sum(len(each.encode()) for each in (*batch, order))
        if batch and (size > MESSAGE_BYTES_MAX or len(batch) == _BATCH):
            yield batch
            batch = []
        batch.append(order)
    if batch:
        yield batch
