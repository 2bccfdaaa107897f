"""The queue of offered parts: a coordinator sends offers, and idle workers receive them, each once.

An offer is deleted when it is received. A worker that has just got a job may still receive one, since a long poll can't
be ended, and passes it on. One that is lost costs nothing, since its coordinator renders what no other worker claims.
"""

from typing import TYPE_CHECKING

from worker.aws.queue import LONG_POLL_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

MESSAGE_BYTES_MAX = 256 * 1024
"""Largest message that every SQS queue takes.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


class PartsQueue:
    """The queue at `url`; a receive waits at most `long_poll_seconds`. Raises botocore's errors where SQS fails."""

    def __init__(self, sqs: "SQSClient", url: str, long_poll_seconds: int = LONG_POLL_SECONDS) -> None:
        self._sqs = sqs
        self._url = url
        self._long_poll_seconds = long_poll_seconds

    def offer(self, order: str) -> None:
        """Send an offer, of at most `MESSAGE_BYTES_MAX`."""
        self._sqs.send_message(QueueUrl=self._url, MessageBody=order)

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

    def pass_on(self, order: str, receipt_handle: str) -> None:
        """Let another worker receive an offer at once: a long poll may notice a new message sooner than one that is
        visible again."""
        self.offer(order)
        self.delete(receipt_handle)
