"""SQS: queue attributes as AWS stores and returns them, and message move tasks."""

import inspect
import json
import re
import uuid
from typing import Any

from moto.core.responses import ActionResult
from moto.sqs.exceptions import InvalidParameterValue, SQSException
from moto.sqs.models import Queue, SQSBackend
from moto.sqs.responses import SQSResponse

from embedded.gaps._patch import Function, add, wrap, wrap_property

_GROUP = re.compile(r"[!-~]{1,128}")


def fill() -> None:
    """Fills every gap of this service."""
    keep_redrive_allow_policy()
    keep_policy_when_other_attributes_change()
    return_redrive_policy_without_spaces()
    move_messages()
    refuse_malformed_groups()


def keep_redrive_allow_policy() -> None:
    """moto accepts `RedriveAllowPolicy` and never returns it.

    The provider sets it, then polls the queue until it reads the same value: without this, the creation of a
    dead-letter queue hangs for minutes and fails. An empty string removes it, as in AWS.
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

    The provider writes the policy and the redrive allow policy in separate calls, in any order: without this, the
    TLS-only policy is lost if it isn't the last, and its creation hangs or the next plan adds it again.
    """

    def make(original: Function) -> Function:
        def set_attributes(self: Queue, attributes: dict[str, Any], now: float | None = None) -> None:
            if "Policy" not in attributes and hasattr(self, "_policy_json"):
                attributes = {**attributes, "Policy": self.policy}
            original(self, attributes, now)

        return set_attributes

    wrap(Queue, "_set_attributes", make)


def return_redrive_policy_without_spaces() -> None:
    """moto returns the redrive policy with a space after each colon and comma. AWS, like Terraform's `jsonencode`,
    doesn't.

    Without this, a comparison of the texts finds a difference.
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

    `hospup-video dlq redrive` moves all messages back with them. Here a move has ended when the call returns. As in
    AWS, the moved messages get new ids and keep their groups, and a queue that is no queue's dead-letter queue is
    refused.
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
            backend.send_message(
                target.name, message.body, message_attributes=message.message_attributes, group_id=message.group_id
            )
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


def refuse_malformed_groups() -> None:
    """moto accepts any `MessageGroupId`; SQS accepts 1 to 128 ASCII letters, digits and punctuation marks.

    Without this, a property's id with a space or an accent would work here, and be refused by AWS.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """

    def make(original: Function) -> Function:
        signature = inspect.signature(original)

        def validate(*args: Any, **named: Any) -> None:
            group_id = signature.bind(*args, **named).arguments.get("group_id")
            if group_id is not None and not _GROUP.fullmatch(group_id):
                raise InvalidParameterValue(
                    f"Value {group_id} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only "
                    "include alphanumeric and punctuation characters. 1 to 128 in length."
                )
            original(*args, **named)

        return validate

    wrap(SQSBackend, "_validate_message", make)


def _by_arn(request: SQSResponse, arn: str) -> Any:
    """The queue of an ARN. Raises moto's error if there is none."""
    return request.sqs_backend.get_queue(arn.rpartition(":")[2])
