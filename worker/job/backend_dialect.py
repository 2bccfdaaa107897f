"""Converts a message of the backend's dialect to a version 1 job.

The backend can't be changed, so its quirks are handled here and nowhere else: clips and segments that pair by their
order, positions on the output timeline that look like in- and out-points, 999 for "to the end", an assembled video
under two names, texts in two places. Values that can be adjusted are adjusted and reported; a message that names no
video to make is refused, with a pointer into the message as it was sent.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from worker.job import limits
from worker.job.errors import ErrorCode, JobWarning, PermanentError, WarningCode
from worker.job.lenient import Item, read_number, read_object, read_objects, to_float
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
)
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
"""Largest difference, in seconds, between the interval of a clip and of its segment; the editor rounds."""

PERCENT, PERCENT_FONT_PX = 100.0, 30.0
"""A position whose x and y are both at most 100, of a text smaller than 30 px, was probably meant in percent."""


def adapt(message: Mapping[str, Any]) -> tuple[Job, list[JobWarning], list[str]]:
    """Convert a message of the backend to a version 1 job.

    Returns the job, a warning for each adjusted value, and the names of unknown fields. Raises `PermanentError` for a
    message without ids or sources, and for a value over a limit.
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
    """The clips in playing order, and the presets of intervals that are not a clip's own."""
    segments = read_objects(message.get("segments"), "/segments", warnings)
    if not segments:
        clips = _with_urls(_in_order(clips), {}, warnings)
        played = [_clip(clip, _adjustments(clip, warnings), None, warnings) for clip in clips]
        return tuple(clip for clip in played if clip), []
    by_order = {clip.order: clip for clip in reversed(clips)}
    adapted: list[Clip | None] = []
    elsewhere: list[AdjustedInterval | None] = []
    for segment in _with_urls(_in_order(segments), by_order, warnings):
        clip = by_order.pop(segment.order, None)
        adjustments = Adjustments()
        if clip is not None and _same_interval(clip, segment):
            adjustments = _adjustments(clip, warnings)
        elif clip is not None:
            elsewhere.append(_interval(clip, warnings))
        adapted.append(_clip(segment, adjustments, clip, warnings))
    elsewhere += [_interval(clip, warnings) for clip in by_order.values()]
    return tuple(clip for clip in adapted if clip), elsewhere


def _with_urls(items: list[Item], clips: Mapping[float, Item], warnings: list[JobWarning]) -> list[Item]:
    """The items that name a video, or whose clip does; the others are reported. All of them where none does, so that
    the job is refused with the place of the first."""
    named = [item for item in items if _find_source(item, clips.get(item.order))]
    if named:
        warnings.extend(
            JobWarning(
                WarningCode.CLIP_DROPPED,
                item.pointer,
                "A clip without a URL was left out: video_url or source_url is expected.",
            )
            for item in items
            if item not in named
        )
    return named or items


def _in_order(items: list[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.order)


def _same_interval(clip: Item, segment: Item) -> bool:
    """Whether a clip's presets apply to its whole segment."""
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
    if source := _find_source(item, paired):
        return source
    raise PermanentError(
        ErrorCode.INVALID_MESSAGE,
        f"{item.pointer.lstrip('/').replace('/', '.')} has neither video_url nor source_url: name the clip's video.",
        f"{item.pointer}/video_url",
    )


def _find_source(item: Item, paired: Item | None) -> tuple[str, str] | None:
    """The URL of an item, or of the clip that pairs with it, and its pointer."""
    for candidate in (item, paired):
        for name in ("video_url", "source_url"):
            url = candidate.fields.get(name) if candidate else None
            if candidate and isinstance(url, str) and url.strip():
                return url.strip(), f"{candidate.pointer}/{name}"
    return None


def _duration(item: Item, warnings: list[JobWarning]) -> float | None:
    """Seconds on the output; None: to the end of the source, for which the backend sends 999, 0, or null."""
    seconds = read_number(item, "duration", None, warnings)
    if seconds == 0:
        return None
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
    x = read_number(position, "x", CANVAS_WIDTH / 2, warnings)
    y = read_number(position, "y", CANVAS_HEIGHT / 2, warnings)
    style, found = parse_style(_visible(item.fields.get("style")), f"{item.pointer}/style")
    warnings.extend(found)
    if x is not None and y is not None and max(x, y) <= PERCENT and style.font_size < PERCENT_FONT_PX:
        warnings.append(
            JobWarning(
                WarningCode.VALUE,
                position_pointer,
                f"The position {x:g}, {y:g} looks like percent: pixels of the 1080 x 1920 canvas are expected, and "
                "were used.",
            )
        )
    return _build(
        Text,
        f"{item.pointer}/content" if len(str(content)) > limits.CONTENT_CHARACTERS else item.pointer,
        content=str(content),
        start=max(start, 0.0),
        end=end,
        position=_build(
            Position,
            position_pointer,
            x=x,
            y=y,
        ),
        style=style,
        pointer=item.pointer,
    )


def _visible(style: object) -> object:
    """The style without an opacity of 0, which the editor's preview takes for an absent one (`opacity || 1`)."""
    if not isinstance(style, Mapping) or to_float(style.get("opacity")) != 0:
        return style
    return {name: value for name, value in style.items() if name != "opacity"}


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
    """Build a version 1 model. Raises `PermanentError` with the pointer `at` for a value that the model refuses."""
    try:
        return model(**fields)
    except ValidationError as error:
        refused = from_validation(error)
        raise PermanentError(refused.code, refused.message, at or refused.pointer) from error
