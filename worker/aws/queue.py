"""The job queue and its dead-letter queue: receive, lease, return, acknowledge and dead-letter messages."""

import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from worker import clock
from worker.aws.lease import Lease
from worker.aws.outages import is_outage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageRequestTypeDef

logger = logging.getLogger(__name__)

LONG_POLL_SECONDS = 20
"""Longest long poll that SQS allows, in seconds; an idle worker makes three requests per minute."""

VISIBILITY_SECONDS_MAX = 12 * 3600 - 60
"""Longest time that a message stays hidden after its receive, in seconds. SQS allows twelve hours in all; one minute
allows for a difference between the clocks.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""

_UNDELETED_SECONDS = 900
"""How long a message is hidden that SQS didn't delete, in seconds. Another worker that receives it finds its job ended,
so that this only saves receives, of which the third puts it into the dead-letter queue."""

_BATCH = 10
"""Most messages that SQS returns per request."""

_BATCHES_MAX = 20
"""Most batches of the dead-letter queue that are read at a time."""

_REDRIVE_SECONDS = 60.0
"""Time between two attempts to read the redrive policy, in seconds."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """A message that SQS delivered."""

    message_id: str
    body: str
    receipt_handle: str
    attributes: Mapping[str, str]
    """The sender's String attributes."""
    receives: int
    """How often the message was received, this time included."""
    waited_seconds: float
    """Seconds from sending to this receive."""
    group: str | None = None
    """The sender's `MessageGroupId`."""
    sent_at: int = 0
    """When SQS accepted the message, in milliseconds since 1970 by SQS's clock."""
    received_at: float = field(default_factory=time.monotonic)
    """Seconds on this process's monotonic clock."""


class JobQueue:
    """The queue at `url`; a received message stays hidden for `lease_seconds` without a renewal.
    A receive waits for a message at most `long_poll_seconds`.

    Every method raises botocore's errors where SQS can't be reached, except those that say otherwise.
    """

    def __init__(
        self, sqs: "SQSClient", url: str, lease_seconds: int, long_poll_seconds: int = LONG_POLL_SECONDS
    ) -> None:
        self._sqs = sqs
        self._url = url
        self._lease_seconds = lease_seconds
        self._long_poll_seconds = long_poll_seconds
        self._redrive: Mapping[str, Any] | None = None
        self._acknowledged: dict[str, str] = {}
        """Receipt handles of messages that are still to be deleted, by message id."""
        self._next_read = 0.0

    def receive(self, longest_seconds: int = LONG_POLL_SECONDS) -> Message | None:
        """Wait for a message, at most `longest_seconds` and `long_poll_seconds`; it is hidden from other workers for
        one lease."""
        self._delete_acknowledged()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=1,
            WaitTimeSeconds=min(longest_seconds, self._long_poll_seconds),
            VisibilityTimeout=self._lease_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp", "MessageGroupId"],
        )
        for raw in answer.get("Messages", []):
            return _read(raw)
        return None

    def lease(self, message: Message, renew_claim: Callable[[], None]) -> Lease:
        """The lease on a message, renewed while the context lasts; `renew_claim` is called with every renewal."""
        return Lease(self._sqs, self._url, message.receipt_handle, self._lease_seconds, renew_claim)

    def acknowledge(self, message: Message) -> None:
        """Delete the message: its job has ended. Where SQS fails, hide it; each receive repeats the deletion."""
        self._acknowledged[message.message_id] = message.receipt_handle
        self._delete_acknowledged()
        if message.message_id in self._acknowledged:
            with contextlib.suppress(BotoCoreError, ClientError):
                self.return_message(message, _UNDELETED_SECONDS)

    def _delete_acknowledged(self) -> None:
        for message_id, receipt_handle in list(self._acknowledged.items()):
            try:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=receipt_handle)
            except (BotoCoreError, ClientError) as error:
                logger.warning("A message was not deleted.", extra={"reason": str(error), "message_id": message_id})
                if is_outage(error):
                    return
            self._acknowledged.pop(message_id, None)  # another thread may have deleted it too

    def return_message(self, message: Message, seconds: float) -> None:
        """Return the message to the queue, visible again after `seconds`, or after the longest time that SQS allows."""
        left = VISIBILITY_SECONDS_MAX - (time.monotonic() - message.received_at)
        self._sqs.change_message_visibility(
            QueueUrl=self._url,
            ReceiptHandle=message.receipt_handle,
            VisibilityTimeout=max(round(min(seconds, left)), 0),
        )

    def is_last_try(self, message: Message) -> bool:
        """Whether SQS will move the message to the dead-letter queue at its next receive.

        False as long as `read_redrive_policy` has not succeeded: the job is tried nevertheless, and if that was its
        last try, a worker that inspects the dead-letter queue reports the failure.
        """
        return self._redrive is not None and message.receives >= self.tries

    def read_redrive_policy(self) -> None:
        """Read the redrive policy unless it is known; after a failure at most once per minute, so that a request that
        SQS throttles delays no job. Logs where SQS can't be reached."""
        if self._redrive is not None or time.monotonic() < self._next_read:
            return
        self._next_read = time.monotonic() + _REDRIVE_SECONDS
        try:
            self._redrive_policy()
        except (BotoCoreError, ClientError) as error:
            logger.warning("The queue's redrive policy could not be read.", extra={"reason": str(error)})

    def move_to_dead_letters(self, message: Message, reason: str) -> bool:
        """Copy a message without receiver to the dead-letter queue, with the reason, and acknowledge it.

        Returns False where there is no dead-letter queue: the message then stays, hidden for as long as SQS allows.
        """
        dead_letters = self._dead_letter_url()
        if dead_letters is None:
            self.return_message(message, VISIBILITY_SECONDS_MAX)
            return False
        copy: SendMessageRequestTypeDef = {
            "QueueUrl": dead_letters,
            "MessageBody": message.body,
            "MessageAttributes": {
                "reason": {"DataType": "String", "StringValue": reason},
                "sent_as": {"DataType": "String", "StringValue": message.message_id},  # SQS gives the copy another id
            },
        }
        if message.group:
            copy["MessageGroupId"] = message.group
        self._sqs.send_message(**copy)
        self.acknowledge(message)
        return True

    @property
    def tries(self) -> int:
        """How often SQS delivers a message before it moves it to the dead-letter queue."""
        return int(self._redrive_policy().get("maxReceiveCount", 1_000))

    def peek_dead_letters(self) -> Iterator[Message]:
        """The messages in the dead-letter queue, two hundred at most; they stay there, visible to the operator.

        Only where there is more than one batch are they hidden, for two seconds, so that the next batch is returned.
        """
        hidden = 0
        for _ in range(_BATCHES_MAX):
            batch = self._receive_dead_letters(hidden)
            yield from batch
            if len(batch) < _BATCH:
                return
            hidden = 2

    def _receive_dead_letters(self, hidden_seconds: int) -> list[Message]:
        dead_letters = self._dead_letter_url()
        if dead_letters is None:
            return []
        answer = self._sqs.receive_message(
            QueueUrl=dead_letters,
            MaxNumberOfMessages=_BATCH,
            WaitTimeSeconds=0,  # the queue's default is a long poll, during whose 20 s the worker would receive no job
            VisibilityTimeout=hidden_seconds,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return [_read(raw) for raw in answer.get("Messages", [])]

    def _dead_letter_url(self) -> str | None:
        target = str(self._redrive_policy().get("deadLetterTargetArn", "")).rpartition(":")[2]
        return f"{self._url.rpartition('/')[0]}/{target}" if target else None

    def _redrive_policy(self) -> Mapping[str, Any]:
        """Read once: the policy changes only with a deployment, which starts new workers."""
        if self._redrive is None:
            answer = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["RedrivePolicy"])
            self._redrive = json.loads(answer.get("Attributes", {}).get("RedrivePolicy", "{}"))
        return self._redrive or {}


def _read(raw: "MessageTypeDef") -> Message:
    system = raw.get("Attributes", {})
    attributes = raw.get("MessageAttributes", {})
    sent = float(system.get("SentTimestamp", clock.now() * 1000)) / 1000
    return Message(
        message_id=raw["MessageId"],
        body=raw.get("Body", ""),
        receipt_handle=raw["ReceiptHandle"],
        attributes={name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value},
        receives=int(system.get("ApproximateReceiveCount", 1)),
        waited_seconds=max(clock.now() - sent, 0.0),
        group=system.get("MessageGroupId"),
        sent_at=round(sent * 1000),
    )
