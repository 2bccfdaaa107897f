"""What pydantic finds wrong, as an error of the contract."""

from pydantic import ValidationError

from worker.job.errors import ErrorCode, PermanentError


def from_validation(error: ValidationError) -> PermanentError:
    """The first of pydantic's findings as a sentence with a pointer."""
    first = error.errors(include_url=False)[0]
    steps = [step for step in first["loc"] if not (isinstance(step, str) and "[" in step)]
    pointer = "".join(f"/{escape(str(step))}" for step in steps)
    where = ".".join(str(step) for step in steps) or "the message"
    over = first["type"] in {"too_long", "string_too_long", "less_than_equal", "greater_than_equal"}
    code = ErrorCode.LIMIT_EXCEEDED if over else ErrorCode.INVALID_MESSAGE
    reason = first["msg"].removeprefix("Value error, ")
    return PermanentError(code, f"{where}: {reason[:1].lower()}{reason[1:]}.", pointer)


def escape(step: str) -> str:
    """One step of a JSON pointer (RFC 6901, section 3)."""
    return step.replace("~", "~0").replace("/", "~1")
