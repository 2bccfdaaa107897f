"""Signs webhooks as Standard Webhooks 1.0.0 specifies, and delivers them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import email.utils
import enum
import hashlib
import hmac
import json
import logging
import random
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worker import clock
from worker.errors import CancelledError, ForbiddenDestinationError
from worker.net.allow_list import DestinationPolicy
from worker.net.http_response import CHUNK_LINE_BYTES_MAX, HEAD_BYTES_MAX
from worker.net.pinned_http import pinned_request

ATTEMPTS = 3
"""Most POST requests of one delivery; afterwards the message returns to the queue for a later delivery."""

BACKOFF_SECONDS = (1.0, 4.0)
"""Delays before the second and the third attempt, in seconds, with jitter of plus or minus a fifth."""

INLINE_WAIT_SECONDS_MAX = 30.0
"""Longest wait between two attempts, in seconds. A receiver that asks for longer is retried by the queue, so that no
worker waits idly."""

SLOW_SECONDS = 10.0
"""After an attempt that took longer, in seconds, no other follows at once: a receiver that doesn't answer holds up a
worker for one attempt, and the message is the retry."""

DELIVERY_SECONDS = 20.0
"""Total time-out of one attempt, in seconds, the look-up of its name included: a receiver that drips its answer doesn't
hold a worker."""

REFUSAL_SECONDS = 2.0
"""Longest look-up of a name to find out whether its addresses are allowed, in seconds; the delivery checks again."""

RESPONSE_BYTES_MAX = 64 * 1024
"""Most bytes that are read of a receiver's answer, whatever its framing. A larger answer counts as complete; one that
is cut off before its end does not count at all."""

_READ_BYTES = 8 * 1024
_STEP_BYTES_MAX = CHUNK_LINE_BYTES_MAX + _READ_BYTES + HEAD_BYTES_MAX
"""Most bytes that one read takes off the connection: a chunk's first line, the chunk, the trailers."""

_SECONDS = re.compile(r"[0-9]{1,9}")

_RETRIED_STATUSES = frozenset({408, 409, 425, 429})

logger = logging.getLogger(__name__)


class Outcome(enum.Enum):
    """Outcome of a delivery."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    """The receiver answered with a status that is final."""
    FAILED = "failed"
    """A later delivery may succeed."""


@dataclass(frozen=True)
class Delivery:
    """Result of a delivery; `retry_after` is the wait that the receiver asked for, in seconds, and `answer` the status
    of its last answer, or why there is none."""

    outcome: Outcome
    retry_after: float = 0.0
    attempts: int = 1
    answer: str = ""


def event_id(job_id: str, event: str, fingerprint: str) -> str:
    """The `webhook-id`: equal for one event of one job, on every retry and for every duplicate of the message.

    `fingerprint` is the message's: two different messages with one job id are two events.
    """
    return "msg_" + hashlib.sha256(f"{job_id}\n{event}\n{fingerprint}".encode()).hexdigest()[:32]


def sign(secrets: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` header: one `v1,` signature per secret, separated by spaces."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_hmac(secret, signed)}" for secret in secrets)


def _hmac(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


class WebhookSender:
    """Posts events to the destinations that `policy` allows; `sleep(seconds)` returns True at shutdown."""

    def __init__(self, secrets: Sequence[str], policy: DestinationPolicy, sleep: Callable[[float], bool]) -> None:
        self._secrets = secrets
        self._policy = policy
        self._sleep = sleep

    def refusal(self, url: str) -> str | None:
        """Why nothing may be sent to `url`, in a sentence; None where it may, or where its name has no address now."""
        try:
            self._policy.resolve(url, seconds=REFUSAL_SECONDS)
        except ForbiddenDestinationError as error:
            return str(error)
        except OSError:
            return None
        return None

    def deliver(
        self,
        url: str,
        message_id: str,
        payload: Mapping[str, Any],
        *,
        attempts: int = ATTEMPTS,
        traceparent: str | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> Delivery:
        """Post one event, with at most `attempts` requests and with the header `traceparent`. Raises nothing.

        `may_send` is asked just before each request; where it returns False, the outcome is FAILED.
        """
        body = json.dumps(payload, ensure_ascii=False).encode()
        delivery = Delivery(Outcome.FAILED, attempts=0)
        for attempt in range(attempts):
            began = time.monotonic()
            delivery = replace(self._attempt(url, message_id, body, traceparent, may_send), attempts=attempt + 1)
            is_slow = time.monotonic() - began > SLOW_SECONDS
            is_last = attempt + 1 == attempts or delivery.retry_after > INLINE_WAIT_SECONDS_MAX or is_slow
            if delivery.outcome is not Outcome.FAILED or is_last:
                return delivery
            pause = BACKOFF_SECONDS[min(attempt, len(BACKOFF_SECONDS) - 1)] * random.uniform(0.8, 1.2)  # noqa: S311
            if self._sleep(max(pause, delivery.retry_after)):
                break
        return replace(delivery, outcome=Outcome.FAILED)

    def _attempt(
        self, url: str, message_id: str, body: bytes, traceparent: str | None, may_send: Callable[[], bool]
    ) -> Delivery:
        """One POST."""
        timestamp = int(clock.now())
        headers = {
            "content-type": "application/json",
            "user-agent": "hospup-video",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
        }
        if traceparent is not None:
            headers["traceparent"] = traceparent
        if self._secrets:
            headers["webhook-signature"] = sign(self._secrets, message_id, timestamp, body)
        try:
            began = time.monotonic()
            destination = self._policy.resolve(url, seconds=DELIVERY_SECONDS)
            left = DELIVERY_SECONDS - (time.monotonic() - began)
            request = pinned_request(destination, "POST", headers, body, seconds=left, may_send=may_send)
            with request as response:
                status, retry_after = response.status, response.headers.get("retry-after")
                while response.taken + _STEP_BYTES_MAX <= RESPONSE_BYTES_MAX and response.read(_READ_BYTES):
                    pass
        except ForbiddenDestinationError as error:
            logger.warning("The webhook was not sent.", extra={"reason": str(error)})
            return Delivery(Outcome.REFUSED, answer=f"not sent: {error}")
        except CancelledError:
            return Delivery(Outcome.FAILED, answer="not sent: the worker is being stopped")
        except OSError as error:
            reason = str(error) or type(error).__name__
            logger.warning("The webhook could not be delivered.", extra={"reason": reason})
            return Delivery(Outcome.FAILED, answer=f"not reached: {reason}")
        outcome = classify_status(status)
        if outcome is not Outcome.DELIVERED:
            logger.warning("The webhook was answered with %d.", status, extra={"outcome": outcome.value})
        return Delivery(outcome, parse_retry_after(retry_after), answer=str(status))


def classify_status(status: int) -> Outcome:
    """The outcome for an HTTP status (section 3 of the job contract)."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status in _RETRIED_STATUSES or status >= 500:
        return Outcome.FAILED
    return Outcome.REFUSED


def parse_retry_after(value: str | None) -> float:
    """The seconds of a `Retry-After` header, which is a number or a date (RFC 9110, section 10.2.3); 0 for any other.

    The header is a stranger's: whatever Python's parser of dates raises means that it is no date.
    """
    text = (value or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        return max(email.utils.parsedate_to_datetime(text).timestamp() - clock.now(), 0.0)
    except (ArithmeticError, LookupError, OSError, TypeError, ValueError):
        return 0.0
