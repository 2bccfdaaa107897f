"""Error codes and warning codes of the job contract. They are stable; clients may switch on them.

Errors are of two kinds. A `PermanentError` means that the job can never succeed as it was sent: it is reported and the
message is acknowledged. Every other exception (worker/errors.py) counts as transient: the message returns to the queue
and is retried, and ends in the dead-letter queue when SQS's receive count is used up.

    Exception
     +-- PermanentError      reported at once, never retried
     +-- anything else       retried by SQS
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from worker.job import limits


class ErrorCode(StrEnum):
    """Cause of a job's failure; `error_code` of the webhook. Neither names nor meanings ever change: see `MEANINGS`."""

    INVALID_MESSAGE = "INVALID_MESSAGE"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    MEDIA_MISSING = "MEDIA_MISSING"
    MEDIA_FORBIDDEN = "MEDIA_FORBIDDEN"
    MEDIA_UNDECODABLE = "MEDIA_UNDECODABLE"
    JOB_ID_REUSED = "JOB_ID_REUSED"
    RENDER_FAILED = "RENDER_FAILED"
    JOB_CANCELLED = "JOB_CANCELLED"


@dataclass(frozen=True)
class Meaning:
    """Meaning of an error code, the remedy for its receiver, and whether the same message may succeed later."""

    meaning: str
    remedy: str
    retryable: bool = False


MEANINGS = {
    ErrorCode.INVALID_MESSAGE: Meaning(
        "The message, or the field at `error_pointer`, can't be understood.", "Fix it, send it under a new id."
    ),
    ErrorCode.LIMIT_EXCEEDED: Meaning(
        "A field of the message, or a source, is over a documented limit.", "Make it smaller, send it under a new id."
    ),
    ErrorCode.MEDIA_MISSING: Meaning("A source doesn't exist.", "Upload it, send the job under a new id."),
    ErrorCode.MEDIA_FORBIDDEN: Meaning(
        "A source is in a bucket or on a host that the worker may not read.",
        "Move it, or allow the bucket or host; send the job under a new id.",
    ),
    ErrorCode.MEDIA_UNDECODABLE: Meaning(
        "A source is no usable video, picture, sound or font.", "Replace it, send the job under a new id."
    ),
    ErrorCode.JOB_ID_REUSED: Meaning("The job id was used before with another message.", "Send it under a new id."),
    ErrorCode.RENDER_FAILED: Meaning(
        "Every try failed on our side; the message is in the dead-letter queue.",
        "Send the same message again later, or have it redriven.",
        retryable=True,
    ),
    ErrorCode.JOB_CANCELLED: Meaning(
        "An operator cancelled the job.", "If the video is still wanted, send the job under a new id."
    ),
}
"""Meaning of each error code; the contract's documents and schemas are generated from this table (`make format`)."""


class WarningCode(StrEnum):
    """What was adjusted to make a video; `warnings[].code` of the webhook. See `WARNING_MEANINGS`."""

    STYLE_VALUE = "STYLE_VALUE"
    STYLE_UNSUPPORTED = "STYLE_UNSUPPORTED"
    FONT_SUBSTITUTED = "FONT_SUBSTITUTED"
    VALUE = "VALUE"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    TEXT_DROPPED = "TEXT_DROPPED"
    CLIP_DROPPED = "CLIP_DROPPED"
    ADJUSTMENT_DROPPED = "ADJUSTMENT_DROPPED"
    SOURCE_SHORT = "SOURCE_SHORT"
    SOURCE_DAMAGED = "SOURCE_DAMAGED"
    TRANSITION_SHORTENED = "TRANSITION_SHORTENED"
    SOUNDTRACK_SHORT = "SOUNDTRACK_SHORT"
    LOUDNESS_MISSED = "LOUDNESS_MISSED"
    SOUND_DROPPED = "SOUND_DROPPED"
    GLYPH_MISSING = "GLYPH_MISSING"
    WEBHOOK_URL = "WEBHOOK_URL"
    SUPERSEDED = "SUPERSEDED"


WARNING_MEANINGS = {
    WarningCode.STYLE_VALUE: "A style value that can't be read, or is beyond a limit: its default, or the limit, was "
    "used.",
    WarningCode.STYLE_UNSUPPORTED: "A property of CSS that texts are not painted with; it was ignored.",
    WarningCode.FONT_SUBSTITUTED: "The first font of `fontFamily` is not one of ours: the message names the font that "
    "was used.",
    WarningCode.VALUE: "The same as `STYLE_VALUE`, of a value outside a style. Without a pointer: the number of "
    "warnings left out.",
    WarningCode.UNKNOWN_FIELD: "A field that version 1 doesn't have; it was ignored.",
    WarningCode.TEXT_DROPPED: "A text that would never be seen: empty, or outside the video's time or picture.",
    WarningCode.CLIP_DROPPED: "A clip without length.",
    WarningCode.ADJUSTMENT_DROPPED: "An adjustment of an interval in which nothing plays.",
    WarningCode.SOURCE_SHORT: "A source shorter than its clip: its last frame was held, and silence.",
    WarningCode.SOURCE_DAMAGED: "A picture whose file is cut off or damaged: it is shown as far as it goes.",
    WarningCode.TRANSITION_SHORTENED: "A transition longer than its clips allow, or on the last clip: it was "
    "shortened, or left out.",
    WarningCode.SOUNDTRACK_SHORT: "The soundtrack ends before the video, and isn't looped.",
    WarningCode.LOUDNESS_MISSED: "The sound is silence, or too quiet to reach the requested loudness.",
    WarningCode.SOUND_DROPPED: "A source's sound can't be decoded (DTS, TrueHD, broken data): its clips are silent.",
    WarningCode.GLYPH_MISSING: "No font has one of the text's characters.",
    WarningCode.WEBHOOK_URL: "The job's webhook URL can't be read or is not allowed: the worker's `WEBHOOK_URL` was "
    "used.",
    WarningCode.SUPERSEDED: "A job that was sent later has published this video: the event describes that one.",
}


@dataclass(frozen=True)
class JobWarning:
    """Something the worker adjusted so that the video could still be made: a code, a JSON pointer, and a sentence."""

    code: WarningCode
    pointer: str
    message: str


def truncate_warnings(warnings: Sequence[JobWarning]) -> tuple[JobWarning, ...]:
    """At most `limits.WARNINGS` warnings; the last one counts the rest."""
    if len(warnings) <= limits.WARNINGS:
        return tuple(warnings)
    kept = warnings[: limits.WARNINGS - 1]
    message = f"{len(warnings) - len(kept)} more warnings are not told."
    return (*kept, JobWarning(WarningCode.VALUE, "", message))


class PermanentError(Exception):
    """The job can never succeed as it was sent.

    `code` is stable, `message` one sentence for people, `pointer` a JSON pointer (RFC 6901) into the message that was
    received, `""` where no single field is the cause.
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
