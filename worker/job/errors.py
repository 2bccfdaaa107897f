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
    """Why a job failed; `error_code` of the webhook. Never renamed, never given a new meaning."""

    INVALID_MESSAGE = "INVALID_MESSAGE"
    """The message, or one field of it, can't be understood. Mend the field that `error_pointer` names, send again."""
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    """A field is over a documented limit (docs/job-contract.md). Make the job smaller, send again."""
    MEDIA_MISSING = "MEDIA_MISSING"
    """A source doesn't exist. Upload it, send again."""
    MEDIA_FORBIDDEN = "MEDIA_FORBIDDEN"
    """A source lies in a bucket or on a host that the worker may not read. Move it, or allow the bucket or host."""
    MEDIA_UNDECODABLE = "MEDIA_UNDECODABLE"
    """A source is not a video or picture that can be decoded. Replace it, send again."""
    JOB_ID_REUSED = "JOB_ID_REUSED"
    """The job id was used before with another message. Send again under a new id."""
    RENDER_FAILED = "RENDER_FAILED"
    """Every try failed on our side; the message lies in the dead-letter queue. Send again later."""


RETRYABLE = frozenset({ErrorCode.RENDER_FAILED})
"""Codes with which the same message may well succeed later; `retryable` of the webhook."""


class WarningCode(StrEnum):
    """What was bent to make a video; `warnings[].code` of the webhook."""

    STYLE_VALUE = "STYLE_VALUE"
    """A malformed style value; its default was used."""
    VALUE = "VALUE"
    """A malformed value outside a style; its default was used."""
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    """A field that version 1 doesn't have; it was ignored."""
    TEXT_DROPPED = "TEXT_DROPPED"
    """A text that would never be seen: empty, or outside the video's time."""
    CLIP_DROPPED = "CLIP_DROPPED"
    """A clip without length."""
    ADJUSTMENT_DROPPED = "ADJUSTMENT_DROPPED"
    """An adjustment that belongs to nothing that plays."""
    SOURCE_SHORT = "SOURCE_SHORT"
    """A source shorter than its clip: its last frame was held, and silence."""
    TRANSITION_SHORTENED = "TRANSITION_SHORTENED"
    """A transition longer than its clips allow, or on the last clip; it was shortened, or left out."""
    SOUNDTRACK_SHORT = "SOUNDTRACK_SHORT"
    """The soundtrack ends before the video, and isn't looped."""
    LOUDNESS_MISSED = "LOUDNESS_MISSED"
    """The video's sound is silence, or too quiet to be brought to the loudness that was asked for."""
    GLYPH_MISSING = "GLYPH_MISSING"
    """No font has one of the text's characters."""


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
        return self.code in RETRYABLE
