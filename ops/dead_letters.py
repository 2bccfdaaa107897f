"""The dead-letter queue: looked into without taking anything out, put back, or emptied.

SQS can't be looked into: messages are received, so hidden from others for a while, and handed back. Where nothing is
selected, moving and purging are SQS's own operations, which receive nothing here and know no limit.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ops.ledger import JobState

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

HELD_SECONDS = 120
"""How long a message that is looked at stays hidden at most, should this process die."""
_BATCH = 10  # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html


@dataclass(frozen=True)
class DeadLetter:
    """A message that no worker could finish, and why."""

    message_id: str
    job_id: str
    """As the message says; empty where it says none."""
    video_id: str
    sent_at: float
    """Unix seconds."""
    receives: int
    body: str
    attributes: Mapping[str, Any]
    """Message attributes, as SQS gives and takes them."""
    receipt_handle: str
    reason: str = ""

    def matches(self, job: str | None, reason: str | None) -> bool:
        """Whether it is meant: by the id of its job or its own, and by a part of its reason."""
        return (job is None or job in {self.job_id, self.message_id}) and (
            reason is None or reason.casefold() in self.reason.casefold()
        )


class DeadLetters:
    """The dead-letter queue at `url`."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self.url = url

    @contextlib.contextmanager
    def held(self, limit: int) -> Iterator[list[DeadLetter]]:
        """Up to `limit` messages, hidden from others meanwhile; what isn't `remove`d from the list is handed back."""
        letters: dict[str, DeadLetter] = {}
        try:
            while len(letters) < limit:
                raw = self._receive(min(_BATCH, limit - len(letters)))
                fresh = {letter.message_id: letter for letter in map(_read, raw)}
                if not fresh.keys() - letters.keys():
                    break  # empty, or round once: what was received first is seen again
                letters |= fresh
            held = sorted(letters.values(), key=lambda letter: letter.sent_at, reverse=True)
            letters = {letter.message_id: letter for letter in held}
            yield held
            letters = {letter.message_id: letter for letter in held}
        finally:
            self._hand_back([letter.receipt_handle for letter in letters.values()])

    def _receive(self, most: int) -> Sequence[Any]:
        waiting = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages"])
        is_empty = waiting["Attributes"]["ApproximateNumberOfMessages"] == "0"
        answer = self._sqs.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=most,
            # A long poll asks all of SQS's servers, a short one some; none is needed to see that nothing is there.
            WaitTimeSeconds=0 if is_empty else 2,
            VisibilityTimeout=HELD_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
        )
        return answer.get("Messages", [])

    def _hand_back(self, handles: Sequence[str]) -> None:
        for start in range(0, len(handles), _BATCH):
            self._sqs.change_message_visibility_batch(
                QueueUrl=self.url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[start : start + _BATCH])
                ],
            )

    def put_back(self, letter: DeadLetter, queue_url: str) -> None:
        """Send a held message to the job queue, then take it out of here: at worst it is in both, never in none."""
        attributes = {name: value for name, value in letter.attributes.items() if name != "reason"}
        self._sqs.send_message(QueueUrl=queue_url, MessageBody=letter.body, MessageAttributes=attributes)
        self.delete(letter)

    def delete(self, letter: DeadLetter) -> None:
        """Take a held message out, for good."""
        self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=letter.receipt_handle)

    def purge(self) -> None:
        """Empty the queue, for good; it takes SQS up to a minute."""
        self._sqs.purge_queue(QueueUrl=self.url)


def explained(letter: DeadLetter, known: Mapping[str, JobState]) -> str:
    """Why a message is here: what the worker wrote on it, else what the ledger says of its job."""
    written = letter.attributes.get("reason", {}).get("StringValue")
    if written:
        return str(written)
    state = known.get(letter.job_id)
    if state is None:
        return "no worker finished it, and the ledger doesn't know it"
    if state.status == "COMPLETE":
        return f"the video is made; the webhook is {state.webhook.lower() or 'not told'}"
    if state.error:
        failed = f"{state.error_code}: {state.error}" if state.error_code else state.error
        return f"{failed} The webhook is pending." if state.webhook == "PENDING" else failed
    return f"every try ended early; the ledger says {state.status}"


def readable(body: str) -> str:
    """A body as JSON on several lines, or as it is where it is none."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return body


def _read(raw: Mapping[str, Any]) -> DeadLetter:
    attributes = {
        name: {key: part for key, part in value.items() if key in {"DataType", "StringValue", "BinaryValue"}}
        for name, value in raw.get("MessageAttributes", {}).items()
    }
    from worker.job import guess_addressee  # noqa: PLC0415 - pydantic's models load slowly: not for an empty queue

    texts = {name: value["StringValue"] for name, value in attributes.items() if "StringValue" in value}
    addressee = guess_addressee(raw["Body"], texts)
    system = raw.get("Attributes", {})
    return DeadLetter(
        message_id=raw["MessageId"],
        job_id=addressee.job_id if addressee else "",
        video_id=addressee.video_id if addressee else "",
        sent_at=int(system.get("SentTimestamp", 0)) / 1000,
        receives=int(system.get("ApproximateReceiveCount", 0)),
        body=raw["Body"],
        attributes=attributes,
        receipt_handle=raw["ReceiptHandle"],
    )
