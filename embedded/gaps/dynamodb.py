"""DynamoDB: conditional writes are atomic."""

import threading

from moto.core.common_types import TYPE_RESPONSE
from moto.dynamodb.responses import DynamoHandler

from embedded.gaps._patch import Function, wrap


def fill() -> None:
    """Fills every gap of this service."""
    answer_one_request_at_a_time()


def answer_one_request_at_a_time() -> None:
    """moto's server answers each request on its own thread, and `UpdateItem` checks its condition and writes without a
    lock.

    Without this, two workers can both win a claim on the same job (one in five contended claims had two winners). The
    one that is fenced off leaves its message to expire, so the queue stays busy for the rest of a 90 s lease. AWS
    evaluates the condition and writes as one step:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
    """
    lock = threading.Lock()

    def make(original: Function) -> Function:
        def call_action(self: DynamoHandler) -> TYPE_RESPONSE:
            with lock:
                answer: TYPE_RESPONSE = original(self)
            return answer

        return call_action

    wrap(DynamoHandler, "call_action", make)
