"""A message body, decoded from JSON once for everything that reads it."""

import contextlib
import hashlib
import json
import math
from typing import Any

from worker.job import limits
from worker.job.errors import ErrorCode, PermanentError

_QUOTED_CHARACTERS = 200
"""Longest quotation from a message in an error sentence, in characters."""


def is_backend_dialect(body: "MessageBody") -> bool:
    """Whether a message is in the backend's dialect, which has no version."""
    return not isinstance(body.value, dict) or "version" not in body.value


class MessageBody:
    """The body of an SQS message.

    JSON is decoded leniently, so that a job id is found also beside NaN, Infinity or a repeated name. The errors of a
    strict decoder are kept, and raised by `strict_value`.

    `value` is the decoded JSON; None where the text is not JSON.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.value: Any = None
        self._problems: list[str] = []
        self._is_decoded = False
        self._is_too_deep = False
        try:
            self.value = json.loads(
                text,
                parse_constant=self._read_constant,
                parse_float=self._read_float,
                object_pairs_hook=self._read_object,
            )
            self._is_decoded = True
        except RecursionError:
            self._is_too_deep = True
        except ValueError as error:
            self._problems.append(str(error))

    @property
    def is_json(self) -> bool:
        """Whether the text is JSON, leniently, and not nested too deep to be read."""
        return self._is_decoded

    def fingerprint(self) -> str:
        """A SHA-256 digest that doesn't depend on white space or the order of fields."""
        text = self.text
        if self._is_decoded:
            with contextlib.suppress(ValueError, RecursionError):
                text = json.dumps(self.value, sort_keys=True)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    def strict_value(self) -> Any:
        """The decoded JSON. Raises `PermanentError` for a text that RFC 8259 doesn't allow or leaves undefined."""
        if self._problems:
            reason = self._problems[0][:_QUOTED_CHARACTERS]
            raise PermanentError(ErrorCode.INVALID_MESSAGE, f"The message can't be read as JSON: {reason}.")
        if self._is_too_deep:
            message = f"The message is nested deeper than {limits.JSON_DEPTH} levels."
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message)
        return self.value

    def _read_constant(self, name: str) -> float:
        self._problems.append(f"{name} is not a JSON number")
        return float(name)

    def _read_float(self, text: str) -> float:
        value = float(text)
        if not math.isfinite(value):
            self._problems.append(f"{text[:_QUOTED_CHARACTERS]} is too large a number")
        return value

    def _read_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """JSON leaves open which of two equal names counts; a check before ours may have read the other one."""
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                self._problems.append(f"the name {name[:_QUOTED_CHARACTERS]!r} stands twice in one object")
            found[name] = value
        return found
