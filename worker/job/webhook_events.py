"""Webhook events: the models of what a receiver is sent, and their payloads (contract, section 3).

The JSON Schema of these models is exported, so that a receiver in any language can validate a payload. Payloads are
built from the same models; an optional field that has no value is absent, never null.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode, truncate_warnings
from worker.job.model import Job
from worker.job.recipient import JobIdentity

SEQUENCE_STEP = 1_000
"""Sequence numbers of one attempt at a job: its progress in percent, and the last one for its end."""


def sequence_of(attempt: int, progress: int | None = None) -> int:
    """The `sequence` of an event; it grows from attempt to attempt, and within one.

    `attempt` is the number that the ledger gave the claim, 1 or more; `progress` is 0 to 100, None for the end.
    """
    return attempt * SEQUENCE_STEP + (SEQUENCE_STEP - 1 if progress is None else progress)


class _Event(BaseModel):
    model_config = ConfigDict(extra="allow")  # fields may be added: receivers must ignore unknown ones

    job_id: str
    video_id: str
    """Empty where the message had none."""
    property_id: str
    user_id: str | None = None
    template_id: str | None = None
    sequence: Annotated[int, Field(ge=0)]
    """Grows from event to event of a job: an event with a smaller one than the last arrived late. 0 where the event is
    not of the job that has the id (JOB_ID_REUSED)."""

    def payload(self) -> dict[str, Any]:
        """The event as JSON values, in the order of the fields."""
        return self.model_dump(mode="json", exclude_defaults=True)


class Progressing(_Event):
    """A job on its way. Best effort, and never after its end."""

    status: Literal["PROGRESSING"]
    progress: Annotated[int, Field(ge=0, le=100)]


class EventWarning(BaseModel):
    """Something the worker adjusted so that the video could still be made."""

    code: WarningCode
    pointer: str
    """A JSON pointer (RFC 6901) into the message as it was sent."""
    message: str
    """One sentence."""


class Complete(_Event):
    """A finished video."""

    status: Literal["COMPLETE"]
    progress: Literal[100]
    file_url: str
    output_url: str
    """The same as `file_url`."""
    thumbnail_url: str
    duration: float
    """Seconds, as measured on the file."""
    total_duration: float
    """The same as `duration`."""
    processing_time: str
    """Seconds from claim to publication, such as `12.3s`."""
    segments_processed: int
    warnings: list[EventWarning]
    files: dict[str, str] = {}
    """URLs of the other files that the job asked for, by name."""
    metadata: dict[str, JsonValue] = {}
    """The job's own metadata, unchanged."""


class Failed(_Event):
    """A job that made no video. One that an operator cancelled is CANCELLED where its message asked for that status."""

    status: Literal["ERROR", "CANCELLED"]
    progress: Literal[0]
    processing_time: str
    error: str
    """One sentence for a person."""
    error_code: ErrorCode
    error_pointer: str
    """A JSON pointer (RFC 6901) into the message as it was sent; empty where no single field is the cause."""
    retryable: bool
    """Whether the same message may succeed later."""


class WebhookEvent(RootModel[Annotated[Progressing | Complete | Failed, Field(discriminator="status")]]):
    """The body of a webhook."""


def progressing_payload(identity: JobIdentity, progress: int, sequence: int = 0) -> dict[str, Any]:
    """The payload of a job on its way; `progress` is 0 to 100."""
    return Progressing(**_ids(identity), sequence=sequence, status="PROGRESSING", progress=progress).payload()


def complete_payload(
    job: Job,
    identity: JobIdentity,
    *,
    file_url: str,
    thumbnail_url: str,
    duration: float,
    clips: int,
    seconds: float,
    warnings: Sequence[JobWarning],
    sequence: int = 0,
    files: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The payload of a finished video.

    `duration` is the video's, in seconds as measured on the file; `seconds` is the time from claim to publication;
    `files` are the URLs of the other files that the job asked for, by name.
    """
    return Complete(
        **_ids(identity),
        sequence=sequence,
        status="COMPLETE",
        progress=100,
        file_url=file_url,
        output_url=file_url,
        thumbnail_url=thumbnail_url,
        duration=round(duration, 3),
        total_duration=round(duration, 3),
        processing_time=_processing_time(seconds),
        segments_processed=clips,
        warnings=[
            EventWarning(code=warning.code, pointer=warning.pointer, message=warning.message)
            for warning in truncate_warnings(warnings)
        ],
        files=dict(files or {}),
        metadata=job.metadata,
    ).payload()


def failed_payload(
    identity: JobIdentity, error: PermanentError, *, seconds: float, sequence: int = 0
) -> dict[str, Any]:
    """The payload of a job that made no video; `seconds` is the time since its claim."""
    is_cancelled = error.code is ErrorCode.JOB_CANCELLED and identity.knows_cancelled
    return Failed(
        **_ids(identity),
        sequence=sequence,
        status="CANCELLED" if is_cancelled else "ERROR",
        progress=0,
        processing_time=_processing_time(seconds),
        error=error.message,
        error_code=error.code,
        error_pointer=error.pointer,
        retryable=error.retryable,
    ).payload()


def _ids(identity: JobIdentity) -> dict[str, Any]:
    return {
        "job_id": identity.job_id,
        "video_id": identity.video_id,
        "property_id": identity.property_id,
        "user_id": identity.user_id,
        "template_id": identity.template_id,
    }


def _processing_time(seconds: float) -> str:
    return f"{seconds:.1f}s"
