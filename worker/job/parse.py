"""Parses the body of a message into a `Job`.

Two dialects arrive: `"version": 1`, parsed here, and the backend's, which `backend_dialect.py` adapts. A message that
can't be parsed raises a `PermanentError` whose pointer names the field of the message as it was sent.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

from pydantic import ValidationError

from worker.job import backend_dialect, limits
from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode, truncate_warnings
from worker.job.lenient import has_lone_surrogates, without_lone_surrogates
from worker.job.media_url import parse_location
from worker.job.message_body import MessageBody
from worker.job.model import Job
from worker.job.object_keys import check_key_length
from worker.job.recipient import read_webhook_url
from worker.job.style import parse_style
from worker.job.validation import escape, from_validation

_SHOWN_CHARACTERS = 200
"""Longest field name in a warning sentence, in characters."""


@dataclass(frozen=True)
class ParsedMessage:
    """A job, what was adjusted to parse it, and the names of the unknown fields that were ignored."""

    job: Job
    warnings: tuple[JobWarning, ...]
    ignored: tuple[str, ...] = ()


def parse_message(body: MessageBody, attributes: Mapping[str, str] | None = None) -> ParsedMessage:
    """Parse a message in either dialect.

    `attributes` are the SQS message's String attributes; `job_id` and `video_id` are taken from them where the body has
    none. Raises `PermanentError`: INVALID_MESSAGE or LIMIT_EXCEEDED.
    """
    message = _checked_object(body)
    for name in ("job_id", "video_id"):
        if attributes and attributes.get(name) and message.get(name) in (None, ""):
            message[name] = attributes[name]
    url = read_webhook_url(message)
    if "version" in message:
        parsed = _parse_v1(_without_webhook_url(message))
    else:
        job, warnings, ignored = backend_dialect.adapt(message)
        parsed = ParsedMessage(job, tuple(warnings), tuple(ignored))
    webhook = parsed.job.webhook.model_copy(update={"url": url})
    parsed = replace(parsed, job=parsed.job.model_copy(update={"webhook": webhook}))
    for source, pointer in parsed.job.sources:
        parse_location(source, pointer)
    check_key_length(parsed.job)
    _check_total(parsed.job)
    return replace(parsed, warnings=truncate_warnings(parsed.warnings))


def _checked_object(body: MessageBody) -> dict[str, Any]:
    """The message as a JSON object within the limits, without half characters."""
    if len(body.text.encode(errors="surrogatepass")) > limits.MESSAGE_BYTES:
        _refuse(ErrorCode.LIMIT_EXCEEDED, f"The message is larger than {limits.MESSAGE_BYTES} bytes.")
    message = body.strict_value()
    if not isinstance(message, dict):
        _refuse(ErrorCode.INVALID_MESSAGE, "The message is not a JSON object.")
    if _depth(message) > limits.JSON_DEPTH:
        _refuse(ErrorCode.LIMIT_EXCEEDED, f"The message is nested deeper than {limits.JSON_DEPTH} levels.")
    _refuse_half_characters(message)
    text = json.dumps(message, ensure_ascii=False)
    clean = without_lone_surrogates(text)
    return dict(message) if clean == text else cast("dict[str, Any]", json.loads(clean))


def _refuse_half_characters(message: Mapping[str, Any]) -> None:
    """Refuse lone surrogates in names of things: question marks in their place would make two names equal."""
    output = message.get("output")
    names = {f"/{name}": message.get(name) for name in ("job_id", "video_id", "property_id")}
    names["/output/key"] = output.get("key") if isinstance(output, dict) else None
    for pointer, name in names.items():
        if isinstance(name, str) and has_lone_surrogates(name):
            sentence = f"{pointer[1:].replace('/', '.')}: half a character (a lone surrogate) is no part of a name."
            raise PermanentError(ErrorCode.INVALID_MESSAGE, sentence, pointer)


def _parse_v1(message: dict[str, Any]) -> ParsedMessage:
    warnings: list[JobWarning] = []
    texts = message.get("texts")
    if isinstance(texts, list):
        families = _families(message.get("fonts"))
        message["texts"] = [_with_style(text, index, families, warnings) for index, text in enumerate(texts)]
    try:
        job = Job.model_validate(message)
    except ValidationError as error:
        raise from_validation(error) from error
    job = job.model_copy(
        update={
            "base": job.base and job.base.model_copy(update={"pointer": "/base/source"}),
            "clips": tuple(
                clip.model_copy(update={"pointer": f"/clips/{index}/source"}) for index, clip in enumerate(job.clips)
            ),
            "adjustments": tuple(
                interval.model_copy(update={"pointer": f"/adjustments/{index}"})
                for index, interval in enumerate(job.adjustments)
            ),
            "audio": job.audio.model_copy(update={"pointer": "/audio/soundtrack"}),
            "fonts": tuple(
                font.model_copy(update={"pointer": f"/fonts/{index}/source"}) for index, font in enumerate(job.fonts)
            ),
            "texts": tuple(
                text.model_copy(update={"pointer": f"/texts/{index}"}) for index, text in enumerate(job.texts)
            ),
        }
    )
    known = {field.alias or name for name, field in Job.model_fields.items()}
    for name in sorted(set(message) - known):
        shown = name[:_SHOWN_CHARACTERS]
        pointer, text = f"/{escape(shown)}", f"Version 1 has no field {shown!r}: ignored."
        warnings.append(JobWarning(WarningCode.UNKNOWN_FIELD, pointer, text))
    return ParsedMessage(job, tuple(warnings))


def _without_webhook_url(message: dict[str, Any]) -> dict[str, Any]:
    """The message without its webhook's URL: one that can't be used fails no job, the worker's own takes its place."""
    webhook = message.get("webhook")
    return message | {"webhook": webhook | {"url": None}} if isinstance(webhook, dict) else message


def _families(fonts: Any) -> list[str]:
    """Families of the fonts that the job brings; the fonts themselves are validated later."""
    listed = fonts if isinstance(fonts, list) else []
    return [font["family"] for font in listed if isinstance(font, dict) and isinstance(font.get("family"), str)]


def _with_style(text: Any, index: int, families: list[str], warnings: list[JobWarning]) -> Any:
    if not isinstance(text, dict):
        return text
    style, found = parse_style(text.get("style"), f"/texts/{index}/style", families)
    warnings.extend(found)
    return {**text, "style": style}


def _check_total(job: Job) -> None:
    overlaps = sum(clip.transition.duration for clip in job.clips if clip.transition.type != "cut")
    total = sum(clip.duration or 0.0 for clip in job.clips) - overlaps
    if job.base is None and total > limits.TOTAL_SECONDS:
        message = f"The clips last {total:g} s together; at most {limits.TOTAL_SECONDS:g} s are possible."
        raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, job.clips[0].pointer.rsplit("/", 2)[0])


def _depth(value: object) -> int:
    """Levels of nesting, counted without recursion, since a message may be nested deeper than Python's stack."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
    return deepest


def _refuse(code: ErrorCode, message: str) -> NoReturn:
    raise PermanentError(code, message)
