"""The job contract: the messages that arrive on SQS, parsed and validated, and the webhooks that leave.

`parse_message` turns the body of a message, in either dialect, into a `Job`; the rest of the worker knows `Job` alone.
A message that can't be parsed raises `PermanentError`, with a stable code and a JSON pointer into the message; values
that were adjusted so that the video could still be made come back as `JobWarning`s.
"""

from worker.job.css import Color, Shadow, Stroke
from worker.job.errors import (
    MEANINGS,
    WARNING_MEANINGS,
    ErrorCode,
    JobWarning,
    PermanentError,
    WarningCode,
    truncate_warnings,
)
from worker.job.kept_message import keep_message, message_to_send_again, read_kept_message
from worker.job.media_url import HttpLocation, Location, S3Location, parse_location
from worker.job.message_body import MessageBody, is_backend_dialect
from worker.job.message_group import message_group
from worker.job.model import (
    AdjustedInterval,
    Adjustments,
    Animation,
    Audio,
    BaseVideo,
    Clip,
    Font,
    Job,
    Output,
    Position,
    Rendition,
    Text,
    Thumbnail,
    Transition,
    Webhook,
)
from worker.job.object_keys import CLASH_SUFFIX, default_key, video_key
from worker.job.parse import ParsedMessage, parse_message
from worker.job.played import Seconds, played_seconds
from worker.job.recipient import JobIdentity, identity_of, peek_identity, read_webhook_url, why_unidentified
from worker.job.resend import ResendRequest
from worker.job.style import Style

__all__ = [
    "CLASH_SUFFIX",
    "MEANINGS",
    "WARNING_MEANINGS",
    "AdjustedInterval",
    "Adjustments",
    "Animation",
    "Audio",
    "BaseVideo",
    "Clip",
    "Color",
    "ErrorCode",
    "Font",
    "HttpLocation",
    "Job",
    "JobIdentity",
    "JobWarning",
    "Location",
    "MessageBody",
    "Output",
    "ParsedMessage",
    "PermanentError",
    "Position",
    "Rendition",
    "ResendRequest",
    "S3Location",
    "Seconds",
    "Shadow",
    "Stroke",
    "Style",
    "Text",
    "Thumbnail",
    "Transition",
    "WarningCode",
    "Webhook",
    "default_key",
    "identity_of",
    "is_backend_dialect",
    "keep_message",
    "message_group",
    "message_to_send_again",
    "parse_location",
    "parse_message",
    "peek_identity",
    "played_seconds",
    "read_kept_message",
    "read_webhook_url",
    "truncate_warnings",
    "video_key",
    "why_unidentified",
]
