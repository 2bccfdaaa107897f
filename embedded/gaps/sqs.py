"""SQS: the queue's attributes as AWS keeps and prints them."""

import json
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import SQSException
from moto.sqs.models import Queue
from moto.sqs.responses import SQSResponse

from embedded.gaps._patch import Function, add, wrap, wrap_property


def fill() -> None:
    """Fills every gap of this service."""
    keep_redrive_allow_policy()
    keep_policy_when_other_attributes_change()
    print_redrive_policy_compactly()
    move_messages()


def keep_redrive_allow_policy() -> None:
    """moto takes `RedriveAllowPolicy` and never returns it.

    The provider sets it, then polls the queue until it reads back what it wrote: without this, a dead-letter queue's
    creation hangs for minutes and fails. An empty text removes it, as in AWS.
    """
    add(Queue, "redrive_allow_policy", None)
    Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")

    def make(original: Function) -> Function:
        def set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
            if "RedriveAllowPolicy" in attributes:
                attributes = {**attributes, "RedriveAllowPolicy": attributes["RedriveAllowPolicy"] or None}
            original(self, attributes, now)

        return set_attributes

    wrap(Queue, "_set_attributes", make)


def keep_policy_when_other_attributes_change() -> None:
    """moto drops the queue's access policy whenever `SetQueueAttributes` names any other attribute.

    The provider writes policy and redrive allow policy in separate calls, in any order: without this the TLS-only
    policy is lost whenever it isn't the last, and the policy's creation hangs or the next plan wants it back.
    """

    def make(original: Function) -> Function:
        def set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
            if "Policy" not in attributes and hasattr(self, "_policy_json"):
                attributes = {**attributes, "Policy": self.policy}
            original(self, attributes, now)

        return set_attributes

    wrap(Queue, "_set_attributes", make)


def print_redrive_policy_compactly() -> None:
    """moto prints the redrive policy with a blank after each colon and comma; AWS, like Terraform's `jsonencode`,
    doesn't.

    Whoever compares the texts sees a difference that isn't there.
    """

    def make(original: Function) -> Function:
        def attributes(self: Queue) -> dict[str, Any]:
            result: dict[str, Any] = original(self)
            if result["RedrivePolicy"]:
                result["RedrivePolicy"] = json.dumps(json.loads(result["RedrivePolicy"]), separators=(",", ":"))
            return result

        return attributes

    wrap_property(Queue, "attributes", make)


def move_messages() -> None:
    """moto has no `StartMessageMoveTask` and `ListMessageMoveTasks`.

    `hospup-video dlq redrive` puts all dead letters back with them. Here a move has ended when it is answered; like
    AWS, it makes new messages of the old ones, and refuses a queue that is nobody's dead-letter queue.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    """
    add(Queue, "moves", None)

    def start_message_move_task(self: SQSResponse) -> ActionResult:
        backend = self.sqs_backend
        source = _by_arn(self, self._get_param("SourceArn"))
        sources = backend.list_dead_letter_source_queues(source.name)
        if not sources:
            raise SQSException("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        destination = self._get_param("DestinationArn")
        target = _by_arn(self, destination) if destination else sources[0]
        moved = list(source.messages)
        for message in moved:
            backend.send_message(target.name, message.body, message_attributes=message.message_attributes)
            source._messages.remove(message)
        move = {
            "TaskHandle": str(uuid.uuid4()),
            "Status": "COMPLETED",
            "SourceArn": source.queue_arn,
            "DestinationArn": destination,
            "ApproximateNumberOfMessagesMoved": len(moved),
            "ApproximateNumberOfMessagesToMove": len(moved),
        }
        source.moves = [move, *(source.moves or [])]
        return ActionResult({"TaskHandle": move["TaskHandle"]})

    def list_message_move_tasks(self: SQSResponse) -> ActionResult:
        moves = _by_arn(self, self._get_param("SourceArn")).moves or []
        shown = [{name: value for name, value in move.items() if name != "TaskHandle"} for move in moves]
        return ActionResult({"Results": shown[: self._get_param("MaxResults") or 1]})

    for operation in (start_message_move_task, list_message_move_tasks):
        add(SQSResponse, operation.__name__, operation)


def _by_arn(request: SQSResponse, arn: str) -> Any:
    """The queue of an ARN. Raises moto's error where there is none."""
    return request.sqs_backend.get_queue(arn.rpartition(":")[2])
