"""The job contract: what arrives on SQS, understood and checked.

`parse_message` turns the body of a message, in either dialect, into a `Job`; everything behind it knows `Job` alone.
What can't be understood raises `PermanentError`, with a stable code and a JSON pointer into the message; what was bent
to make a video comes back as `JobWarning`s.
"""

from worker.job.addressee import Addressee, addressee_of, guess_addressee
from worker.job.css import Color, Shadow, Stroke
from worker.job.errors import MEANINGS, WARNING_MEANINGS, ErrorCode, JobWarning, PermanentError, WarningCode, limited
from worker.job.location import HttpLocation, Location, S3Location, parse_location
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
from worker.job.parse import ParsedMessage, parse_message
from worker.job.style import Style

__all__ = [
    "MEANINGS",
    "WARNING_MEANINGS",
    "Addressee",
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
    "JobWarning",
    "Location",
    "Output",
    "ParsedMessage",
    "PermanentError",
    "Position",
    "Rendition",
    "S3Location",
    "Shadow",
    "Stroke",
    "Style",
    "Text",
    "Thumbnail",
    "Transition",
    "WarningCode",
    "Webhook",
    "addressee_of",
    "guess_addressee",
    "limited",
    "parse_location",
    "parse_message",
]
