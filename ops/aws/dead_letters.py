"""The dead-letter queue: list its messages, redrive them to the job queue, delete them.

SQS can't be read without receiving: messages are received, which hides them from other readers, and are then made
visible again. Without a filter, redriving and purging are SQS's own operations, which receive nothing here and have no
limit.
"""

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.aws.ledger import JobState
from ops.aws.queues import QueueState

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageRequestTypeDef

VISIBILITY_TIMEOUT_SECONDS = 120
"""How long a received message stays hidden, in seconds, if this process dies before it returns the message."""
_BATCH = 10  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
_POLL_SECONDS = 1.0
WORKER_ATTRIBUTES = frozenset({"reason", "sent_as"})
"""Attributes that a worker adds to a message when it sets it aside (worker/aws/queue.py)."""
_RUNNING = frozenset({"RUNNING", "CANCELLING"})


@dataclass(frozen=True)
class DeadLetter:
    """A message that no worker could finish, and why."""

    message_id: str
    job_id: str
    """Job id in the message; empty if it has none."""
    video_id: str
    sent_at: float
    """When it was sent, in Unix seconds."""
    body: str
    attributes: Mapping[str, Any]
    """Message attributes, in SQS's form."""
    receipt_handle: str
    group: str | None = None
    """The sender's `MessageGroupId`."""
    reason: str = ""

    @property
    def sent_as(self) -> str:
        """The id that SQS gave the sender; the message's own where no worker has set it aside under a new one."""
        return str(self.attributes.get("sent_as", {}).get("StringValue", self.message_id))

    def matches(self, job: str | None, reason: str | None) -> bool:
        """Whether it is the message or the job with the id `job`, and its reason contains `reason`; None matches."""
        return (job is None or job in {self.job_id, self.message_id, self.sent_as}) and (
            reason is None or reason.casefold() in self.reason.casefold()
        )


@dataclass(frozen=True)
class MoveTask:
    """SQS's own move of all messages: `status` is SQS's, COMPLETED if it succeeded."""

    status: str
    moved: int
    failure: str = ""


class DeadLetters:
    """The dead-letter queue at `url`."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self.url = url

    @contextlib.contextmanager
    def receive(self, limit: int) -> Iterator[list[DeadLetter]]:
        """Receive up to `limit` messages, newest first.

        They are hidden from other readers within the context. At its end those still in the list become visible again:
        `remove` a message that was deleted.
        """
        letters: dict[str, DeadLetter] = {}
        try:
            while len(letters) < limit:
                batch = self._receive_batch(min(_BATCH, limit - len(letters)))
                new = {letter.message_id: letter for letter in map(_parse, batch)}
                if not new.keys() - letters.keys():
                    break  # the queue is empty, or the first messages have become visible again
                letters |= new
            received = sorted(letters.values(), key=lambda letter: letter.sent_at, reverse=True)
            letters = {letter.message_id: letter for letter in received}
            yield received
            letters = {letter.message_id: letter for letter in received}
        finally:
            self._make_visible([letter.receipt_handle for letter in letters.values()])

    def _receive_batch(self, size: int) -> Sequence[Any]:
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        is_empty = attributes["Attributes"]["ApproximateNumberOfMessages"] == "0"
        answer = self._sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=size,
            # A long poll asks all of SQS's servers, a short one some of them. An empty queue needs no long poll.
            WaitTimeSeconds=0 if is_empty else 2,
            VisibilityTimeout=VISIBILITY_TIMEOUT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId"],
        )
        return answer.get("Messages", [])

    def _make_visible(self, handles: Sequence[str]) -> None:
        for start in range(0, len(handles), _BATCH):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[start : start + _BATCH])
                ],
            )

    def redrive(self, letter: DeadLetter, queue_url: str) -> None:
        """Send a received message to the job queue, then delete it here: a failure between both leaves it in both."""
        attributes = {name: value for name, value in letter.attributes.items() if name not in WORKER_ATTRIBUTES}
        message: SendMessageRequestTypeDef = {
            "QueueUrl": queue_url,
            "MessageBody": letter.body,
            "MessageAttributes": attributes,
        }
        if letter.group:
            message["MessageGroupId"] = letter.group
        self._sqs.send_message(**message)
        self.delete(letter)

    def delete(self, letter: DeadLetter) -> None:
        """Delete a received message."""
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt_handle)

    def purge(self) -> None:
        """Delete all messages; SQS takes up to a minute for it."""
        self._sqs.purge_queue(QueueUrl=self.url)


def start_move(sqs: "SQSClient", dead: QueueState, jobs: QueueState) -> None:
    """Start SQS's own move of every dead letter to the job queue. It runs in AWS, also if this process ends.

    The destination is named, because messages that a worker set aside were sent here and have no source to return to.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    Raises botocore's errors, also where a move is already running.
    """
    sqs.start_message_move_task(SourceArn=dead.arn, DestinationArn=jobs.arn)


def wait_for_move(sqs: "SQSClient", dead: QueueState) -> MoveTask:
    """Wait until the latest move has succeeded or failed. Raises botocore's errors."""
    while True:
        for latest in sqs.list_message_move_tasks(SourceArn=dead.arn, MaxResults=1).get("Results", []):
            if latest["Status"] not in _RUNNING:
                moved = latest.get("ApproximateNumberOfMessagesMoved", 0)
                return MoveTask(latest["Status"], moved, latest.get("FailureReason", ""))
        time.sleep(_POLL_SECONDS)


def reason_of(letter: DeadLetter, jobs: Mapping[str, JobState]) -> str:
    """Why a message is here: the reason attribute that the worker set, else the state of its job in the ledger."""
    attribute = letter.attributes.get("reason", {}).get("StringValue")
    if attribute:
        return str(attribute)
    state = jobs.get(letter.job_id)
    if state is None:
        return "no worker finished it, and the ledger doesn't know it"
    if state.status == "COMPLETE":
        return f"the video is made; the webhook is {_webhook(state)}"
    if state.error:
        failed = f"{state.error_code}: {state.error}" if state.error_code else state.error
        return failed if state.webhook == "DELIVERED" else f"{failed} The webhook is {_webhook(state)}."
    return f"every try ended early; the ledger says {state.status}"


def _webhook(state: JobState) -> str:
    """Like `webhook_summary`; but nobody sends the pending webhook of a dead letter any more."""
    summary = state.webhook_summary
    return summary.replace("pending", "given up", 1) if state.webhook == "PENDING" else summary


def indented(body: str) -> str:
    """A JSON body on several lines; any other body unchanged."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def _parse(message: Mapping[str, Any]) -> DeadLetter:
    attributes = {
        name: {key: part for key, part in value.items() if key in {"DataType", "StringValue", "BinaryValue"}}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    from worker.job import MessageBody, ResendRequest, peek_identity  # noqa: PLC0415 - pydantic loads slowly

    body = MessageBody(message["Body"])
    request = ResendRequest.parse(body)
    texts = {name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value}
    identity = peek_identity(body, texts)
    system = message.get("Attributes", {})
    return DeadLetter(
        message_id=message["MessageId"],
        job_id=request.job_id if request else identity.job_id if identity else "",
        video_id=identity.video_id if identity else "",
        sent_at=int(system.get("SentTimestamp", 0)) / 1000,
        body=message["Body"],
        attributes=attributes,
        receipt_handle=message["ReceiptHandle"],
        group=system.get("MessageGroupId"),
    )
