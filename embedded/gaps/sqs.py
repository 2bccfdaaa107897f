"""SQS: the queue's attributes as AWS keeps and prints them."""

import json
from typing import Any

from moto.sqs.models import Queue

from embedded.gaps._patch import Function, add, wrap, wrap_property


def fill() -> None:
    """Fills every gap of this service."""
    keep_redrive_allow_policy()
    keep_policy_when_other_attributes_change()
    print_redrive_policy_compactly()


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
