"""Converts pydantic's validation errors to the contract's errors."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from worker.job.errors import ErrorCode, PermanentError
from worker.job.model import ID_PATTERN


def from_validation(error: ValidationError) -> PermanentError:
    """The first of pydantic's findings as a sentence with a pointer."""
    return all_from_validation(error)[0]


def all_from_validation(error: ValidationError) -> list[PermanentError]:
    """Each of pydantic's findings as a sentence with a pointer, in the order of the message's fields."""
    return [_from_finding(finding) for finding in error.errors(include_url=False)]


def _from_finding(finding: ErrorDetails) -> PermanentError:
    steps = [step for step in finding["loc"] if not (isinstance(step, str) and "[" in step)]
    pointer = "".join(f"/{escape(str(step))}" for step in steps)
    where = ".".join(str(step) for step in steps) or "the message"
    over = finding["type"] in {"too_long", "string_too_long", "less_than_equal", "greater_than_equal"}
    code = ErrorCode.LIMIT_EXCEEDED if over else ErrorCode.INVALID_MESSAGE
    reason = finding["msg"].removeprefix("Value error, ")
    if finding["type"] == "string_pattern_mismatch" and finding.get("ctx", {}).get("pattern") == ID_PATTERN:
        reason = "an id has 1 to 128 characters, no slash, no backslash and no control character"
    return PermanentError(code, f"{where}: {reason[:1].lower()}{reason[1:]}.", pointer)


def escape(step: str) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return step.replace("~", "~0").replace("/", "~1")
