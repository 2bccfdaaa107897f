"""The backend's dialect, adapted to version 1.

The backend can't be changed, so its quirks are honoured here and nowhere else: clips and segments that pair by their
order, positions on the output timeline that look like in- and out-points, 999 for "to the end", an assembled video
under two names, texts in two places. What can be bent is bent and reported; what names no video to make is refused
with a pointer into the message as it was sent.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from worker.job import limits
from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode
from worker.job.model import (
    CANVAS_HEIGHT,
    CANVAS_WIDTH,
    AdjustedInterval,
    Adjustments,
    BaseVideo,
    Clip,
    Job,
    Position,
    Text,
    Webhook,
)
from worker.job.reading import Item, read_number, read_object, read_objects, to_float
from worker.job.style import parse_style
from worker.job.validation import from_validation

M = TypeVar("M", bound=BaseModel)

KNOWN_FIELDS = frozenset(
    {
        "job_id",
        "video_id",
        "property_id",
        "user_id",
        "template_id",
        "segments",
        "base_video_url",
        "mediaconvert_output_url",
        "text_overlays",
        "custom_script",
        "total_duration",
        "webhook_url",
        "force_ffmpeg",
    }
)

SAME_INTERVAL_SECONDS = 0.05
"""A clip whose interval differs by no more from its segment's is meant for that segment; the editor rounds."""


def adapt(message: Mapping[str, Any]) -> tuple[Job, list[JobWarning], list[str]]:
    """Turn a message of the backend into a version 1 job.

    Returns the job, what was bent, and the names of unknown fields. Raises `PermanentError` where there is no video
    to make: no ids, no source, a value over a limit.
    """
    warnings: list[JobWarning] = []
    script = read_object(message.get("custom_script"), "/custom_script", warnings)
    clips = read_objects(script.get("clips"), "/custom_script/clips", warnings)
    base = _base(message)
    if base is not None:
        played: tuple[Clip, ...] = ()
        intervals = [_interval(clip, warnings) for clip in clips]
    else:
        played, intervals = _timeline(message, clips, warnings)
        if not played:
            raise PermanentError(
                ErrorCode.INVALID_MESSAGE,
                "The message names nothing to show: segments, custom_script.clips or base_video_url is expected.",
                "/segments",
            )
    job = _build(
        Job,
        "",
        job_id=_id(message, "job_id"),
        video_id=_id(message, "video_id"),
        property_id=_id(message, "property_id", default="1"),
        user_id=_label(message, "user_id"),
        template_id=_label(message, "template_id"),
        base=base,
        clips=played,
        adjustments=tuple(interval for interval in intervals if interval is not None),
        texts=_texts(message, script, warnings),
        webhook=_webhook(message),
    )
    return job, warnings, sorted(set(message) - KNOWN_FIELDS)


def _base(message: Mapping[str, Any]) -> BaseVideo | None:
    for name in ("base_video_url", "mediaconvert_output_url"):
        url = message.get(name)
        if isinstance(url, str) and url.strip():
            return _build(BaseVideo, f"/{name}", source=url.strip(), pointer=f"/{name}")
    return None


def _timeline(
    message: Mapping[str, Any], clips: list[Item], warnings: list[JobWarning]
) -> tuple[tuple[Clip, ...], list[AdjustedInterval | None]]:
    """The clips in playing order, and the presets that belong to other intervals than a clip's own."""
    segments = read_objects(message.get("segments"), "/segments", warnings)
    if not segments:
        played = [_clip(clip, _adjustments(clip, warnings), None, warnings) for clip in _in_order(clips)]
        return tuple(clip for clip in played if clip), []
    by_order = {clip.order: clip for clip in reversed(clips)}
    made: list[Clip | None] = []
    elsewhere: list[AdjustedInterval | None] = []
    for segment in _in_order(segments):
        clip = by_order.pop(segment.order, None)
        adjustments = Adjustments()
        if clip is not None and _same_interval(clip, segment):
            adjustments = _adjustments(clip, warnings)
        elif clip is not None:
            elsewhere.append(_interval(clip, warnings))
        made.append(_clip(segment, adjustments, clip, warnings))
    elsewhere += [_interval(clip, warnings) for clip in by_order.values()]
    return tuple(clip for clip in made if clip), elsewhere


def _in_order(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.order)


def _same_interval(clip: Item, segment: Item) -> bool:
    """Whether a clip's presets are meant for the whole of its segment."""
    for name in ("start_time", "end_time"):
        ours, theirs = to_float(clip.fields.get(name)), to_float(segment.fields.get(name))
        if ours is not None and theirs is not None and abs(ours - theirs) > SAME_INTERVAL_SECONDS:
            return False
    return True


def _clip(item: Item, adjustments: Adjustments, paired: Item | None, warnings: list[JobWarning]) -> Clip | None:
    """One clip, or None (and a warning) for one without length."""
    source, pointer = _source(item, paired)
    duration = _duration(item, warnings)
    if duration is not None and duration <= 0:
        warnings.append(JobWarning(WarningCode.CLIP_DROPPED, item.pointer, "A clip without length was left out."))
        return None
    return _build(
        Clip, f"{item.pointer}/duration", source=source, duration=duration, adjustments=adjustments, pointer=pointer
    )


def _source(item: Item, paired: Item | None) -> tuple[str, str]:
    for candidate in (item, paired):
        for name in ("video_url", "source_url"):
            url = candidate.fields.get(name) if candidate else None
            if candidate and isinstance(url, str) and url.strip():
                return url.strip(), f"{candidate.pointer}/{name}"
    raise PermanentError(
        ErrorCode.INVALID_MESSAGE,
        f"{item.pointer.lstrip('/').replace('/', '.')} has neither video_url nor source_url: name the clip's video.",
        f"{item.pointer}/video_url",
    )


def _duration(item: Item, warnings: list[JobWarning]) -> float | None:
    """Seconds on the output; None: to the end of the source."""
    seconds = read_number(item, "duration", None, warnings)
    if seconds is None:
        start, end = to_float(item.fields.get("start_time")), to_float(item.fields.get("end_time"))
        seconds = None if start is None or end is None else end - start
    return None if seconds is None or seconds >= limits.TO_THE_END_SECONDS else seconds


def _interval(clip: Item, warnings: list[JobWarning]) -> AdjustedInterval | None:
    """A clip's presets as an interval of the output; None where they change nothing."""
    adjustments = _adjustments(clip, warnings)
    if adjustments.is_neutral:
        return None
    start = read_number(clip, "start_time", 0.0, warnings) or 0.0
    end = read_number(clip, "end_time", None, warnings)
    if end is None:
        seconds = _duration(clip, warnings)
        end = limits.TO_THE_END_SECONDS if seconds is None else start + seconds
    start = max(start, 0.0)
    if end <= start:
        warnings.append(
            JobWarning(WarningCode.ADJUSTMENT_DROPPED, clip.pointer, "The presets' interval is empty: left out.")
        )
        return None
    return _build(
        AdjustedInterval, clip.pointer, start=start, end=end, adjustments=adjustments, pointer=f"{clip.pointer}/presets"
    )


def _adjustments(clip: Item, warnings: list[JobWarning]) -> Adjustments:
    pointer = f"{clip.pointer}/presets"
    presets = Item(read_object(clip.fields.get("presets"), pointer, warnings), pointer, 0)

    def read(name: str, most: float) -> float:
        value = read_number(presets, name, 0.0, warnings) or 0.0
        if abs(value) > most:
            warnings.append(
                JobWarning(
                    WarningCode.VALUE,
                    f"{pointer}/{name}",
                    f"{name} {value:g} is outside -{most:g} to {most:g}: clamped.",
                )
            )
        return min(max(value, -most), most)

    return Adjustments(
        brightness=read("brightness", 100),
        contrast=read("contrast", 100),
        saturation=read("saturation", 100),
        hue=read("hue", 180),
    )


def _texts(message: Mapping[str, Any], script: Mapping[str, Any], warnings: list[JobWarning]) -> tuple[Text, ...]:
    items = read_objects(script.get("texts"), "/custom_script/texts", warnings)
    if not items:
        items = read_objects(message.get("text_overlays"), "/text_overlays", warnings)
    texts = [_text(item, warnings) for item in items]
    return tuple(text for text in texts if text)


def _text(item: Item, warnings: list[JobWarning]) -> Text | None:
    content = item.fields.get("content")
    if content is None or not str(content).strip():
        warnings.append(JobWarning(WarningCode.TEXT_DROPPED, item.pointer, "A text without content was left out."))
        return None
    position_pointer = f"{item.pointer}/position"
    position = Item(read_object(item.fields.get("position"), position_pointer, warnings), position_pointer, 0)
    start = read_number(item, "start_time", 0.0, warnings) or 0.0
    end = read_number(item, "end_time", None, warnings)
    if end is not None and end <= max(start, 0.0):
        warnings.append(
            JobWarning(WarningCode.TEXT_DROPPED, item.pointer, "A text that ends before it starts was left out.")
        )
        return None
    style, found = parse_style(item.fields.get("style"), f"{item.pointer}/style")
    warnings.extend(found)
    return _build(
        Text,
        f"{item.pointer}/content" if len(str(content)) > limits.CONTENT_CHARACTERS else item.pointer,
        content=str(content),
        start=max(start, 0.0),
        end=end,
        position=_build(
            Position,
            position_pointer,
            x=read_number(position, "x", CANVAS_WIDTH / 2, warnings),
            y=read_number(position, "y", CANVAS_HEIGHT / 2, warnings),
        ),
        style=style,
        pointer=item.pointer,
    )


def _webhook(message: Mapping[str, Any]) -> Webhook:
    url = message.get("webhook_url")
    return _build(
        Webhook, "/webhook_url", url=url.strip() if isinstance(url, str) and url.strip() else None, started=True
    )


def _id(message: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = message.get(name)
    if value is None or value == "":
        if default is not None:
            return default
        raise PermanentError(ErrorCode.INVALID_MESSAGE, f"{name} is missing: the backend's id is expected.", f"/{name}")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PermanentError(ErrorCode.INVALID_MESSAGE, f"{name} is not a string.", f"/{name}")
    return str(value)


def _label(message: Mapping[str, Any], name: str) -> str | None:
    value = message.get(name)
    return None if value is None else str(value)[:256]


def _build(model: type[M], at: str, /, **fields: Any) -> M:
    """A version 1 model; a value that it refuses is the message's fault, at the pointer `at`."""
    try:
        return model(**fields)
    except ValidationError as error:
        refused = from_validation(error)
        raise PermanentError(refused.code, refused.message, at or refused.pointer) from error
