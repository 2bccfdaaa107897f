"""A job in a file: read, given new ids, and checked field by field before it is sent."""

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
    """The message in a file, or on standard input for `-`, under ids of its own if `new`.

    Raises `UsageError` where it can't be read.
    """
    try:
        body = (sys.stdin.buffer.read() if path == _STANDARD_INPUT else path.read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} can't be read ({_reason(error)}): give a file with a job as JSON, in UTF-8."
        ) from error
    return new_ids(body) if new else body


def new_ids(body: str) -> str:
    """The same job under a job_id and video_id of its own; a body that is no JSON object stays as it is."""
    try:
        message = json.loads(body)
    except ValueError:
        return body
    if not isinstance(message, dict):
        return body
    return json.dumps(message | {"job_id": str(uuid.uuid4()), "video_id": str(uuid.uuid4())}, ensure_ascii=False)


def check(body: str) -> "tuple[ParsedMessage | None, Sequence[PermanentError]]":
    """A job and what is wrong with it: one of both is empty. Every wrong field is named, where the dialect allows."""
    # pydantic's models take longer to load than most commands to run: they are for this one alone.
    from pydantic import ValidationError  # noqa: PLC0415

    from worker.job import PermanentError, parse_message  # noqa: PLC0415
    from worker.job.validation import all_from_validation  # noqa: PLC0415

    try:
        return parse_message(body), ()
    except PermanentError as error:
        cause = error.__cause__
        return None, all_from_validation(cause) if isinstance(cause, ValidationError) else [error]


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is no UTF-8"
