"""What a job can go wrong with, for ever: stable codes that clients may switch on.

Errors are of two kinds. A `PermanentError` says that the job can never succeed as it was sent: it is reported and the
message is acknowledged. Every other exception counts as transient: the message goes back to the queue and is tried
again, and ends in the dead-letter queue when SQS's receive count is used up.

    Exception
     +-- PermanentError      reported at once, never retried
     +-- anything else       retried by SQS
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from worker.job import limits


class ErrorCode(StrEnum):
    """Why a job failed; `error_code` of the webhook. Never renamed, never given a new meaning: see `MEANINGS`."""

    INVALID_MESSAGE = "INVALID_MESSAGE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MEDIA_MISSING = "MEDIA_MISSING"
    MEDIA_FORBIDDEN = "MEDIA_FORBIDDEN"
    MEDIA_UNDECODABLE = "MEDIA_UNDECODABLE"
    JOB_ID_REUSED = "JOB_ID_REUSED"
    RENDER_FAILED = "RENDER_FAILED"


@dataclass(frozen=True)
class Meaning:
    """What an error code says, what its receiver does, and whether the same message may succeed later."""

    meaning: str
    remedy: str
    retryable: bool = False


MEANINGS = {
    ErrorCode.INVALID_MESSAGE: Meaning(
        "The message, or the field at `error_pointer`, can't be understood.", "Mend it, send it under a new id."
    ),
    ErrorCode.LIMIT_EXCEEDED: Meaning(
        "A field of the message, or a source, is over a documented limit.", "Make it smaller, send it under a new id."
    ),
    ErrorCode.MEDIA_MISSING: Meaning("A source doesn't exist.", "Upload it, send the job under a new id."),
    ErrorCode.MEDIA_FORBIDDEN: Meaning(
        "A source lies in a bucket or on a host that the worker may not read.",
        "Move it, or allow the bucket or host; send the job under a new id.",
    ),
    ErrorCode.MEDIA_UNDECODABLE: Meaning(
        "A source is no video, picture, sound or font that can be used.", "Replace it, send the job under a new id."
    ),
    ErrorCode.JOB_ID_REUSED: Meaning("The job id was used before with another message.", "Send it under a new id."),
    ErrorCode.RENDER_FAILED: Meaning(
        "Every try failed on our side; the message lies in the dead-letter queue.",
        "Send the same message again later, or have it redriven.",
        retryable=True,
    ),
}
"""The contract's documents and schemas are generated from this table (`make format`)."""


class WarningCode(StrEnum):
    """What was bent to make a video; `warnings[].code` of the webhook. See `WARNING_MEANINGS`."""

    STYLE_VALUE = "STYLE_VALUE"
    VALUE = "VALUE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    TEXT_DROPPED = "TEXT_DROPPED"
    CLIP_DROPPED = "CLIP_DROPPED"
    ADJUSTMENT_DROPPED = "ADJUSTMENT_DROPPED"
    SOURCE_SHORT = "SOURCE_SHORT"
    TRANSITION_SHORTENED = "TRANSITION_SHORTENED"
    SOUNDTRACK_SHORT = "SOUNDTRACK_SHORT"
    LOUDNESS_MISSED = "LOUDNESS_MISSED"
    GLYPH_MISSING = "GLYPH_MISSING"


WARNING_MEANINGS = {
    WarningCode.STYLE_VALUE: "A style value that can't be read, or is beyond a limit: its default, or the limit, was "
    "used.",
    WarningCode.VALUE: "The same of a value outside a style. Without a pointer: how many warnings are not told.",
    WarningCode.UNKNOWN_FIELD: "A field that version 1 doesn't have; it was ignored.",
    WarningCode.TEXT_DROPPED: "A text that would never be seen: empty, or outside the video's time or picture.",
    WarningCode.CLIP_DROPPED: "A clip without length.",
    WarningCode.ADJUSTMENT_DROPPED: "An adjustment that belongs to nothing that plays.",
    WarningCode.SOURCE_SHORT: "A source shorter than its clip: its last frame was held, and silence.",
    WarningCode.TRANSITION_SHORTENED: "A transition longer than its clips allow, or on the last clip: it was "
    "shortened, or left out.",
    WarningCode.SOUNDTRACK_SHORT: "The soundtrack ends before the video, and isn't looped.",
    WarningCode.LOUDNESS_MISSED: "The sound is silence, or too quiet to be brought to the loudness that was asked for.",
    WarningCode.GLYPH_MISSING: "No font has one of the text's characters.",
}


@dataclass(frozen=True)
class JobWarning:
    """Something that was bent so that the hotel gets its video: a code, where (a JSON pointer), and a sentence."""

    code: WarningCode
    pointer: str
    message: str


def limited(warnings: Sequence[JobWarning]) -> tuple[JobWarning, ...]:
    """As many warnings as a result has room for; the last one counts the others."""
    if len(warnings) <= limits.WARNINGS:
        return tuple(warnings)
    told = warnings[: limits.WARNINGS - 1]
    message = f"{len(warnings) - len(told)} more warnings are not told."
    return (*told, JobWarning(WarningCode.VALUE, "", message))


class PermanentError(Exception):
    """The job can never succeed as it was sent.

    `code` is stable, `message` one sentence for a person, `pointer` a JSON pointer (RFC 6901) into the message that was
    received, `""` where no field is to blame.
    """

    def __init__(self, code: ErrorCode, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pointer = pointer

    @property
    def retryable(self) -> bool:
        """Whether the same message may succeed later."""
        return MEANINGS[self.code].retryable
