"""Reads a job from a file, gives it new ids, and checks each field before it is sent."""

import json
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ops.errors import UsageError

if TYPE_CHECKING:
    from worker.job import ParsedMessage, PermanentError

_STANDARD_INPUT = Path("-")


def read_job(path: Path, *, new: bool) -> str:
    """The message in a file, or on standard input for `-`; with new ids if `new` is set.

    Raises `UsageError` if it can't be read.
    """
    try:
        body = (sys.stdin.buffer.read() if path == _STANDARD_INPUT else path.read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{shown_name(path)} can't be read ({_reason(error)}): give a file with a job as JSON, in UTF-8."
        ) from error
    if not body.strip():
        raise UsageError(f"{shown_name(path)} is empty: give a file with a job as JSON.")
    return new_ids(body) if new else body


def shown_name(path: Path) -> str:
    """The name of a file in a sentence."""
    return "Standard input" if path == _STANDARD_INPUT else str(path)


def new_ids(body: str) -> str:
    """The same job with a new job_id and video_id; a body that isn't a JSON object is returned unchanged."""
    try:
        message = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict):
        return body
    return json.dumps(message | {"job_id": str(uuid.uuid4()), "video_id": str(uuid.uuid4())}, ensure_ascii=False)


def check(body: str) -> "tuple[ParsedMessage | None, Sequence[PermanentError]]":
    """The parsed job, or else its errors: every wrong field, where the dialect allows it."""
    # pydantic's models take longer to load than most commands take to run, and only `submit` needs them.
    from pydantic import ValidationError  # noqa: PLC0415

    from worker.job import MessageBody, PermanentError, parse_message  # noqa: PLC0415
    from worker.job.validation import all_from_validation  # noqa: PLC0415

    try:
        return parse_message(MessageBody(body)), ()
    except PermanentError as error:
        cause = error.__cause__
        return None, all_from_validation(cause) if isinstance(cause, ValidationError) else [error]


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is no UTF-8"
