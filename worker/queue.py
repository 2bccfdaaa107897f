"""The job queue as a worker sees it: receive one message, keep it, give it back, set it aside, or acknowledge it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from worker.lease import VISIBILITY_SECONDS, Lease

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL_SECONDS = 20
"""The most that SQS allows; an idle worker costs three requests a minute."""

VISIBILITY_SECONDS_MAX = 11 * 3600
"""SQS allows twelve hours from the receive on; an hour of that is the job's own.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


@dataclass(frozen=True)
class Message:
    """What SQS handed over."""

    message_id: str
    body: str
    receipt_handle: str
    attributes: Mapping[str, str]
    """String attributes that the sender set."""
    receives: int
    """How often it was received, this time included."""
    waited_seconds: float
    """From sending to this receive."""


class JobQueue:
    """The queue at `url`. Every method raises botocore's errors where SQS can't be reached."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._redrive: Mapping[str, Any] | None = None

    def receive(self) -> Message | None:
        """Wait for a message, at most `LONG_POLL_SECONDS`; it is ours for `VISIBILITY_SECONDS` then."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            VisibilityTimeout=VISIBILITY_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        for raw in answer.get("Messages", []):
            return _read(raw)
        return None

    def lease(self, message: Message, renew_claim: Callable[[], None]) -> Lease:
        """Keep the message for as long as the context lasts; `renew_claim` is called with every renewal."""
        return Lease(self._sqs, self._url, message.receipt_handle, renew_claim)

    def acknowledge(self, message: Message) -> None:
        """Delete the message: its job has ended."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt_handle)

    def give_back(self, message: Message, seconds: float) -> None:
        """Let the message be seen again after `seconds`."""
        self._sqs.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=message.receipt_handle,
            VisibilityTimeout=min(max(round(seconds), 0), VISIBILITY_SECONDS_MAX),
        )

    def is_last_try(self, message: Message) -> bool:
        """Whether SQS will move the message to the dead-letter queue at its next receive."""
        return message.receives >= int(self._redrive_policy().get("maxReceiveCount", 1_000))

    def set_aside(self, message: Message, reason: str) -> None:
        """Copy a message that nobody can be told of to the dead-letter queue, with the reason, and acknowledge it."""
        target = str(self._redrive_policy().get("deadLetterTargetArn", "")).rpartition(":")[2]
        if target:
            self._sqs.send_message(
                QueueUrl=f"{self._url.rpartition('/')[0]}/{target}",
                MessageBody=message.body,
                MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
            )
        self.acknowledge(message)

    def _redrive_policy(self) -> Mapping[str, Any]:
        """Asked once: the policy changes with a deployment, which starts new workers."""
        if self._redrive is None:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["RedrivePolicy"])
            self._redrive = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
        return self._redrive or {}


def _read(raw: "MessageTypeDef") -> Message:
    system = raw.get("Attributes", {})
    attributes = raw.get("MessageAttributes", {})
    sent = float(system.get("SentTimestamp", time.time() * 1000)) / 1000
    return Message(
        message_id=raw["MessageId"],
        body=raw.get("Body", ""),
        receipt_handle=raw["ReceiptHandle"],
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        receives=int(system.get("ApproximateReceiveCount", 1)),
        waited_seconds=max(time.time() - sent, 0.0),
    )
