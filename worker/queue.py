"""The job queue as a worker sees it: receive one message, keep it, give it back, set it aside, or acknowledge it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from worker.lease import Lease

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

LONG_POLL_SECONDS = 20
"""The most that SQS allows; an idle worker costs three requests a minute."""

VISIBILITY_SECONDS_MAX = 12 * 3600 - 60
"""From the receive on; SQS allows twelve hours in all, and our clocks may differ a little.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""

_BATCH = 10
"""The most that SQS hands over at once."""

_PAGES = 20
"""Of a long dead-letter queue, in one look."""


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
    received_at: float = field(default_factory=time.monotonic)
    """On this process's monotonic clock."""


class JobQueue:
    """The queue at `url`; what is received stays hidden for `lease_seconds` without a renewal.

    Every method raises botocore's errors where SQS can't be reached.
    """

    def __init__(self, sqs: "SQSClient", url: str, lease_seconds: int) -> None:
        self._sqs = sqs
        self._url = url
        self._lease_seconds = lease_seconds
        self._redrive: Mapping[str, Any] | None = None

    def receive(self) -> Message | None:
        """Wait for a message, at most `LONG_POLL_SECONDS`; it is ours for a lease then."""
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=LONG_POLL_SECONDS,
            VisibilityTimeout=self._lease_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        for raw in answer.get("Messages", []):
            return _read(raw)
        return None

    def lease(self, message: Message, renew_claim: Callable[[], None]) -> Lease:
        """Keep the message for as long as the context lasts; `renew_claim` is called with every renewal."""
        return Lease(self._sqs, self._url, message.receipt_handle, self._lease_seconds, renew_claim)

    def acknowledge(self, message: Message) -> None:
        """Delete the message: its job has ended."""
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message.receipt_handle)

    def give_back(self, message: Message, seconds: float) -> None:
        """Let the message be seen again after `seconds`, as far as SQS lets a message rest."""
        left = VISIBILITY_SECONDS_MAX - (time.monotonic() - message.received_at)
        self._sqs.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=message.receipt_handle,
            VisibilityTimeout=max(round(min(seconds, left)), 0),
        )

    def is_last_try(self, message: Message) -> bool:
        """Whether SQS will move the message to the dead-letter queue at its next receive."""
        return message.receives >= self.tries

    def set_aside(self, message: Message, reason: str) -> bool:
        """Copy a message that nobody can be told of to the dead-letter queue, with the reason, and acknowledge it.

        Returns False where the queue has none: the message then stays, out of the way, until its retention ends.
        """
        dead_letters = self._dead_letter_url()
        if dead_letters is None:
            self.give_back(message, VISIBILITY_SECONDS_MAX)
            return False
        self._sqs.send_message(
            QueueUrl=dead_letters,
            MessageBody=message.body,
            MessageAttributes={"reason": {"DataType": "String", "StringValue": reason}},
        )
        self.acknowledge(message)
        return True

    @property
    def tries(self) -> int:
        """How often SQS hands a message out before it moves it to the dead-letter queue."""
        return int(self._redrive_policy().get("maxReceiveCount", 1_000))

    def peek_dead_letters(self) -> Iterator[Message]:
        """The messages in the dead-letter queue, two hundred at most; they stay, and in view of their operator.

        Only where there are more than one batch are they hidden, for two seconds, so that the next can be seen.
        """
        hidden = 0
        for _ in range(_PAGES):
            batch = self._look_at_dead_letters(hidden)
            yield from batch
            if len(batch) < _BATCH:
                return
            hidden = 2

    def _look_at_dead_letters(self, hidden_seconds: int) -> list[Message]:
        dead_letters = self._dead_letter_url()
        if dead_letters is None:
            return []
        answer = self._sqs.receive_message(
            QueueUrl=dead_letters,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=0,  # the queue's own default is a long poll, for whose 20 s no job would be taken
            VisibilityTimeout=hidden_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return [_read(raw) for raw in answer.get("Messages", [])]

    def _dead_letter_url(self) -> str | None:
        target = str(self._redrive_policy().get("deadLetterTargetArn", "")).rpartition(":")[2]
        return f"{self._url.rpartition('/')[0]}/{target}" if target else None

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
