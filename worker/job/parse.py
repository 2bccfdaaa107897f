"""From the body of a message to a `Job`.

Two dialects arrive: `"version": 1`, read here, and the backend's, which `backend.py` adapts. Whatever can't be
understood ends in a `PermanentError` whose pointer names the field of the message as it was sent.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn, cast

from pydantic import ValidationError

from worker.job import backend, limits
from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode, limited
from worker.job.location import parse_location
from worker.job.model import Job
from worker.job.reading import without_lone_surrogates
from worker.job.style import parse_style
from worker.job.validation import escape, from_validation

_SHOWN_CHARACTERS = 200
"""Of a stranger's word in a sentence of ours."""


@dataclass(frozen=True)
class ParsedMessage:
    """A job, what was bent to understand it, and the names of the fields that nobody knows."""

    job: Job
    warnings: tuple[JobWarning, ...]
    ignored: tuple[str, ...] = ()


def parse_message(body: str, attributes: Mapping[str, str] | None = None) -> ParsedMessage:
    """Understand a message in either dialect.

    `body` is the SQS message's body; `attributes` its String attributes, of which `job_id` and `video_id` stand in
    where the body has none. Raises `PermanentError`: INVALID_MESSAGE or LIMIT_EXCEEDED.
    """
    message = _decode(body)
    for name in ("job_id", "video_id"):
        if attributes and attributes.get(name) and not message.get(name):
            message[name] = attributes[name]
    if "version" in message:
        parsed = _parse_v1(message)
    else:
        job, warnings, ignored = backend.adapt(message)
        parsed = ParsedMessage(job, tuple(warnings), tuple(ignored))
    for source, pointer in parsed.job.sources:
        parse_location(source, pointer)
    _check_total(parsed.job)
    return replace(parsed, warnings=limited(parsed.warnings))


def _decode(body: str) -> dict[str, Any]:
    if len(body.encode(errors="surrogatepass")) > limits.MESSAGE_BYTES:
        _refuse(ErrorCode.LIMIT_EXCEEDED, f"The message is larger than {limits.MESSAGE_BYTES} bytes.")
    try:
        message = json.loads(
            body, parse_constant=_no_constant, parse_float=_finite, object_pairs_hook=_without_repetition
        )
    except RecursionError:
        _refuse(ErrorCode.LIMIT_EXCEEDED, f"The message is nested deeper than {limits.JSON_DEPTH} levels.")
    except ValueError as error:
        _refuse(ErrorCode.INVALID_MESSAGE, f"The message can't be read as JSON: {str(error)[:_SHOWN_CHARACTERS]}.")
    if not isinstance(message, dict):
        _refuse(ErrorCode.INVALID_MESSAGE, "The message is not a JSON object.")
    if _depth(message) > limits.JSON_DEPTH:
        _refuse(ErrorCode.LIMIT_EXCEEDED, f"The message is nested deeper than {limits.JSON_DEPTH} levels.")
    text = json.dumps(message, ensure_ascii=False)
    clean = without_lone_surrogates(text)
    return message if clean == text else cast("dict[str, Any]", json.loads(clean))


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


def _families(fonts: Any) -> list[str]:
    """Of the job's own fonts, which are checked later."""
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
    """Levels of nesting, counted without recursion."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for item in level
            for inner in (item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())
        ]
    return deepest


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:_SHOWN_CHARACTERS]} is too large a number")
    return value


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON leaves open which of two equal names counts; who checked the message before may have taken the other."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the name {name[:_SHOWN_CHARACTERS]!r} stands twice in one object")
        found[name] = value
    return found


def _refuse(code: ErrorCode, message: str) -> NoReturn:
    raise PermanentError(code, message)
