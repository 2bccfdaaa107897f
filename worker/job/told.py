"""What the webhook says, as models: their JSON Schema is exported, so that a receiver in any language can check it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel

from worker.job.errors import ErrorCode, WarningCode


class _Told(BaseModel):
    model_config = ConfigDict(extra="allow")  # fields may be added: a receiver takes no offence

    job_id: str
    video_id: str
    """Empty where the message had none."""
    property_id: str
    user_id: str | None = None
    template_id: str | None = None


class Progressing(_Told):
    """A job on its way. Best effort, and never after its end."""

    status: Literal["PROGRESSING"]
    progress: Annotated[int, Field(ge=0, le=100)]


class Warned(BaseModel):
    """Something that was bent to make the video."""

    code: WarningCode
    pointer: str
    """A JSON pointer (RFC 6901) into the message as it was sent."""
    message: str
    """One sentence."""


class Complete(_Told):
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
    """Such as `12.3s`."""
    segments_processed: int
    warnings: list[Warned]
    files: dict[str, str] = {}
    """URLs of whatever else the job asked for, by name."""
    metadata: dict[str, JsonValue] = {}
    """As the job had it."""


class Failed(_Told):
    """A job that made no video."""

    status: Literal["ERROR"]
    progress: Literal[0]
    processing_time: str
    error: str
    """One sentence for a person."""
    error_code: ErrorCode
    error_pointer: str
    """A JSON pointer (RFC 6901) into the message as it was sent; empty where no field is to blame."""
    retryable: bool
    """Whether the same message may succeed later."""


class Told(RootModel[Annotated[Progressing | Complete | Failed, Field(discriminator="status")]]):
    """The body of a webhook."""
