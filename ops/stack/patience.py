"""How long a command waits for an AWS that doesn't answer: one limit for all of its requests together."""

import time
from collections.abc import Callable
from typing import Any

import botocore.session

from ops.aws_errors import SilenceError

SECONDS = 15.0
"""Silence, in seconds, after which a command sends no further request; one under way ends by its own time-out."""


class Patience:
    """Ends a command's requests once AWS has been silent for `SECONDS`, counted from the first that it left unanswered.

    Without it every request would use up its own time-outs and retries, one after the other.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked_at: float | None = None

    def watch(self, session: botocore.session.Session) -> None:
        """Count a session's requests. https://docs.aws.amazon.com/botocore/latest/topics/events.html"""
        session.register("before-send", self._before_send)
        session.register("response-received", self._after)

    def _before_send(self, **event: Any) -> None:
        now = self._clock()
        if self._asked_at is None:
            self._asked_at = now
        elif now - self._asked_at > SECONDS:
            raise SilenceError(endpoint_url=event["request"].url)

    def _after(self, **event: Any) -> None:
        if event.get("response_dict") is not None:
            self._asked_at = None


patience = Patience()
"""That of this process, which is one command."""
