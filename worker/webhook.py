"""The webhook: what the backend is told, signed as Standard Webhooks 1.0.0 has it, and delivered.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import email.utils
import enum
import hashlib
import hmac
import http.client
import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker.exchange import exchange
from worker.guard import ForbiddenDestinationError, Guard
from worker.trace import Trace

ATTEMPTS = 3
"""Of one delivery, before the message goes back to the queue, which then is the retry."""

BACK_OFF_SECONDS = (1.0, 4.0)
"""Before the second and the third attempt, with jitter of plus or minus a fifth."""

INLINE_WAIT_SECONDS_MAX = 30.0
"""A receiver that asks for longer is tried again by way of the queue: a worker is too dear to wait."""

DELIVERY_SECONDS = 20.0
"""For one attempt, all of it: a receiver that drips its answer does not hold a worker."""

RESPONSE_BYTES_MAX = 64 * 1024

_RETRIED = frozenset({408, 409, 425, 429})

logger = logging.getLogger(__name__)


class Outcome(enum.Enum):
    """How a delivery ended."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The receiver's answer is final: nothing but a changed receiver helps."""
    FAILED = "failed"
    """It may succeed later."""


@dataclass(frozen=True)
class Delivery:
    """How a delivery ended, the seconds that the receiver asked to wait before the next, and how often it was tried."""

    outcome: Outcome
    retry_after: float = 0.0
    attempts: int = 1


def event_id(job_id: str, event: str, digest: str) -> str:
    """The same id for the same event of the same job, on every retry and for every duplicate of the message.

    `digest` is the message's fingerprint: two messages under one job id are two things to tell.
    """
    return "msg_" + hashlib.sha256(f"{job_id}\n{event}\n{digest}".encode()).hexdigest()[:32]


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,` signature a secret, separated by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_hmac(secret, signed)}" for secret in secrets)


def _hmac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class WebhookSender:
    """Posts results to where `guard` lets it; `sleep(seconds)` returns True when it's time to stop."""

    def __init__(self, secrets: Sequence[str], guard: Guard, sleep: Callable[[float], bool]) -> None:
        self._secrets = secrets
        self._guard = guard
        self._sleep = sleep

    def deliver(
        self,
        url: str,
        message_id: str,
        payload: Mapping[str, Any],
        *,
        attempts: int = ATTEMPTS,
        trace: Trace | None = None,
    ) -> Delivery:
        """Post one event, and try again where that may help; `trace` goes along. Raises nothing."""
        body = json.dumps(payload, ensure_ascii=False).encode()
        delivery = Delivery(Outcome.FAILED, attempts=0)
        for attempt in range(attempts):
            delivery = replace(self._attempt(url, message_id, body, trace), attempts=attempt + 1)
            is_last = attempt + 1 == attempts or delivery.retry_after > INLINE_WAIT_SECONDS_MAX
            if delivery.outcome is not Outcome.FAILED or is_last:
                return delivery
            pause = BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
            if self._sleep(max(pause, delivery.retry_after)):
                break
        return replace(delivery, outcome=Outcome.FAILED)

    def _attempt(self, url: str, message_id: str, body: bytes, trace: Trace | None) -> Delivery:
        """One POST."""
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": "hospup-video",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
        }
        if trace is not None:
            headers["traceparent"] = trace.traceparent
        if self._secrets:
            headers["webhook-signature"] = sign(self._secrets, message_id, timestamp, body)
        try:
            destination = self._guard.resolve(url)
            with exchange(destination, "POST", headers, body, seconds=DELIVERY_SECONDS) as response:
                status, retry_after = response.status, response.headers.get("retry-after")
                response.read(RESPONSE_BYTES_MAX)
        except ForbiddenDestinationError as error:
            logger.warning("The webhook was not sent.", extra={"reason": str(error)})
            return Delivery(Outcome.REFUSED)
        except (OSError, http.client.HTTPException) as error:
            logger.warning("The webhook could not be delivered.", extra={"reason": str(error) or type(error).__name__})
            return Delivery(Outcome.FAILED)
        outcome = classify(status)
        if outcome is not Outcome.DELIVERED:
            logger.warning("The webhook was answered with %d.", status, extra={"outcome": outcome.value})
        return Delivery(outcome, parse_retry_after(retry_after))


def classify(status: int) -> Outcome:
    """What an HTTP status means for a delivery (section 3 of the job contract)."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status in _RETRIED or status >= 500:
        return Outcome.FAILED
    return Outcome.REFUSED


def parse_retry_after(value: str | None) -> float:
    """Seconds that a `Retry-After` header asks for: a number, or a date (RFC 9110, section 10.2.3)."""
    if not value:
        return 0.0
    if value.strip().isdigit():
        return float(value)
    try:
        return max(email.utils.parsedate_to_datetime(value).timestamp() - time.time(), 0.0)
    except (TypeError, ValueError):
        return 0.0
