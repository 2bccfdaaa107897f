"""Version 1 of a job: the model that the whole worker uses.

Times are seconds, positions and lengths pixels of a 1080 x 1920 canvas. The JSON Schema in docs/ is generated from it.
"""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from worker.job import limits
from worker.job.media_url import has_path_steps
from worker.job.style import Style

CANVAS_WIDTH, CANVAS_HEIGHT = 1080, 1920
"""Pixels of the canvas that positions and lengths refer to."""


def _no_path_step(value: str) -> str:
    if value in {".", ".."}:
        raise ValueError("an id other than . and .. is expected")
    return value


ID_PATTERN = r"^[^\x00-\x1f\x7f\uFFFE\uFFFF/\\]{1,128}$"
Id = Annotated[str, Field(pattern=ID_PATTERN), AfterValidator(_no_path_step)]
"""Ids become parts of object keys: 1 to 128 characters, no slash, no backslash, and no character that XML, and so S3's
API, can't express: https://www.w3.org/TR/xml/#charsets. Halves of characters (lone surrogates) are refused earlier."""

Url = Annotated[str, Field(min_length=1, max_length=8192)]
Percent = Annotated[float, Field(ge=-100, le=100)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Volume = Annotated[float, Field(ge=0, le=4)]
"""A factor of the amplitude: 1 is unchanged, 0 is silence."""
Pointer = Annotated[SkipJsonSchema[str], Field(default="", exclude=True)]
"""JSON pointer into the received message; not part of the contract, set by the parser."""

STYLE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "The style table of the job contract; CSS values, in snake_case or camelCase. A malformed value "
    "falls back to its default and is reported in the result's warnings.",
    "additionalProperties": True,
}


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore", defer_build=True)


class Adjustments(_Model):
    """Changes of the picture with the meaning of CSS filters, in their order; 0 leaves it as it is."""

    brightness: Percent = 0.0
    contrast: Percent = 0.0
    saturation: Percent = 0.0
    hue: Annotated[float, Field(ge=-180, le=180)] = 0.0
    """Degrees."""

    @property
    def is_neutral(self) -> bool:
        """Whether every value is 0."""
        return not (self.brightness or self.contrast or self.saturation or self.hue)


class AdjustedInterval(_Model):
    """Adjustments of every clip that plays between two times of the output."""

    start: Seconds = 0.0
    end: Seconds
    adjustments: Adjustments
    pointer: Pointer = ""


class Transition(_Model):
    """Transition to the next clip. The two overlap: the video is shorter by `duration`, and texts, whose times
    are the output's, stay where they are. On the last clip it means nothing."""

    type: Literal["cut", "crossfade", "fade-black", "fade-white", "slide", "wipe", "zoom"] = "cut"
    duration: Annotated[float, Field(ge=0, le=limits.TRANSITION_SECONDS)] = 0.5
    """Seconds; shortened (and reported) where the two clips are too short for it."""
    direction: Literal["left", "right", "up", "down"] = "left"
    """Direction of a slide or a wipe."""


class Clip(_Model):
    """A piece of a source; clips play one after the other."""

    source: Url
    in_point: Annotated[Seconds, Field(alias="in")] = 0.0
    """Seconds into the source at which the clip starts."""
    duration: Annotated[float, Field(gt=0, le=limits.CLIP_SECONDS)] | None = None
    """Seconds on the output. Default: to the end of the source."""
    fit: Literal["contain", "cover", "blur", "stretch"] = "contain"
    adjustments: Adjustments = Adjustments()
    volume: Volume = 1.0
    speed: Annotated[float, Field(ge=limits.SPEED_MIN, le=limits.SPEED_MAX)] = 1.0
    """2 plays twice as fast; voices keep their pitch."""
    motion: Literal["none", "zoom-in", "zoom-out", "pan-left", "pan-right", "pan-up", "pan-down"] = "none"
    """A slow move of the camera over the picture, for stills above all."""
    transition: Transition = Transition()
    """Transition to the next clip."""
    pointer: Pointer = ""
    """JSON pointer of the source's URL."""


class BaseVideo(_Model):
    """An already assembled video, to which only texts and adjustments are added. It wins over clips."""

    source: Url
    pointer: Pointer = ""


class Position(_Model):
    """The centre of a text's box on the canvas."""

    x: Annotated[float, Field(ge=-10_000, le=10_000)] = CANVAS_WIDTH / 2
    y: Annotated[float, Field(ge=-10_000, le=10_000)] = CANVAS_HEIGHT / 2


Animated = Literal["none", "fade", "slide", "pop", "typewriter"]


class Animation(_Model):
    """Entrance and exit animation of a text, within its own time."""

    into: Annotated[Animated, Field(alias="in")] = "none"
    out: Animated = "none"
    duration: Annotated[float, Field(gt=0, le=limits.ANIMATION_SECONDS)] | None = None
    """Seconds of each. Default: 0.4, and for a typewriter 0.05 per character. At most half of the text's time."""


class Text(_Model):
    """A text over the video from `start` to `end`."""

    content: Annotated[str, Field(max_length=limits.CONTENT_CHARACTERS)]
    start: Seconds = 0.0
    end: Seconds | None = None
    """Default: the end of the video."""
    position: Position = Position()
    max_width: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Width at which lines wrap, in pixels. Default: lines break only where the content does."""
    animation: Animation = Animation()
    style: Annotated[Style, WithJsonSchema(STYLE_SCHEMA)] = Style()
    pointer: Pointer = ""


class Font(_Model):
    """A font that the job brings, for use in `fontFamily`. It replaces a bundled font of the same name."""

    family: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f,'\"]{1,64}$")]
    source: Url
    """TTF, OTF or WOFF2."""
    weight: Annotated[int, Field(ge=1, le=1000)] = 400
    style: Literal["normal", "italic"] = "normal"
    pointer: Pointer = ""
    """JSON pointer of the source's URL."""


class Audio(_Model):
    """Sound in addition to the clips' own."""

    soundtrack: Url | None = None
    """Music under the whole video: any sound file, or the sound of a video."""
    in_point: Annotated[Seconds, Field(alias="in")] = 0.0
    """Seconds into the soundtrack at which it starts."""
    volume: Volume = 1.0
    """Volume of the soundtrack."""
    fade_in: Seconds = 0.0
    fade_out: Seconds = 0.0
    """Seconds at the end of the video, or of the soundtrack where that ends before."""
    loop: bool = False
    """Repeat the soundtrack until the video ends."""
    duck_under_clips: bool = False
    """Lower the soundtrack's volume while the clips are audible."""
    loudness: Annotated[float, Field(ge=-40, le=-5)] | None = None
    """LUFS (EBU R128) of the whole; the large platforms play at -14. Default: unchanged."""
    pointer: Pointer = ""
    """JSON pointer of the soundtrack's URL."""


class Thumbnail(_Model):
    """The thumbnail picture of the video."""

    time: Seconds = 1.0
    animated: bool = False
    """Also three moving seconds from that time on, as a small WebP for lists of videos."""


RESERVED_NAMES = frozenset({"hls", "preview", "thumbnail", "video"})
"""Names of the output's other files in the webhook."""


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("an even number is expected, since H.264 halves the colour planes")
    return value


Pixels = Annotated[int, Field(ge=limits.OUTPUT_PIXELS_MIN, le=limits.OUTPUT_PIXELS_MAX), AfterValidator(_even)]


Quality = Literal["draft", "standard", "high"]
Codec = Literal["h264", "h265", "av1"]


class Rendition(_Model):
    """The video in another size or codec. For another aspect ratio it is composed again: each clip fits it as the job
    says, and texts keep their places on the canvas."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    """Name of the file: `{the video's key without suffix}/{name}.mp4`."""
    width: Pixels
    height: Pixels
    quality: Quality | None = None
    """Default: the output's."""
    codec: Codec | None = None
    """Default: the output's."""


def _no_path_steps(value: str) -> str:
    if has_path_steps(value):
        raise ValueError("a key without . or .. between slashes is expected")
    return value


OutputKey = Annotated[
    str,
    Field(pattern=r"^generated-videos/[^\x00-\x1f\x7f\uFFFE\uFFFF\\]+\.mp4$", max_length=512),
    AfterValidator(_no_path_steps),
]


class Output(_Model):
    """The files to make."""

    width: Pixels = CANVAS_WIDTH
    height: Pixels = CANVAS_HEIGHT
    fps: Literal[24, 25, 30, 50, 60] = 30
    quality: Quality = "standard"
    codec: Codec = "h264"
    """H.264 plays everywhere; H.265 and AV1 make smaller files for players that know them."""
    key: OutputKey | None = None
    """Object key of the video; begins with `generated-videos/`. Default: `{property_id}/{video_id}.mp4` below it."""
    thumbnail: Thumbnail = Thumbnail()
    renditions: Annotated[tuple[Rendition, ...], Field(max_length=limits.RENDITIONS)] = ()
    """Further versions of the video, made from one decoding; their names differ."""
    hls: bool = False
    """Also a ladder for adaptive streaming: the video, and smaller ones of 720 and 480 lines (the shorter side)."""

    @model_validator(mode="after")
    def _renditions_differ(self) -> Self:
        names = [rendition.name for rendition in self.renditions]
        if len(set(names)) < len(names) or RESERVED_NAMES.intersection(names):
            raise ValueError(
                f"renditions of different names are expected, and none of {', '.join(sorted(RESERVED_NAMES))}"
            )
        return self


class Webhook(_Model):
    """Where the result goes, and whether progress does."""

    url: Url | None = None
    """Default: the worker's configured `WEBHOOK_URL`."""
    started: bool = False
    """One PROGRESSING when rendering starts."""
    progress: bool = False
    """PROGRESSING at the start and at every tenth of the rendering."""
    notify: bool = True
    """False: no webhook at all, not even to the worker's `WEBHOOK_URL`; the sender reads the end in the ledger."""
    cancelled: bool = False
    """A job that an operator cancels ends with the status CANCELLED. Default: ERROR with the code `JOB_CANCELLED`."""


def _small(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(json.dumps(value)) > limits.METADATA_BYTES:
        raise PydanticCustomError(
            "too_long", "at most {most} bytes of JSON are possible", {"most": limits.METADATA_BYTES}
        )
    return value


class Job(_Model):
    """One video to make."""

    version: Literal[1] = 1
    job_id: Id
    video_id: Id
    property_id: Id = "1"
    user_id: Annotated[str, Field(max_length=256)] | None = None
    template_id: Annotated[str, Field(max_length=256)] | None = None
    output: Output = Output()
    base: BaseVideo | None = None
    clips: Annotated[tuple[Clip, ...], Field(max_length=limits.CLIPS)] = ()
    adjustments: Annotated[tuple[AdjustedInterval, ...], Field(max_length=limits.INTERVALS)] = ()
    """Adjustments of intervals of the output, whichever clip plays in them."""
    texts: Annotated[tuple[Text, ...], Field(max_length=limits.TEXTS)] = ()
    fonts: Annotated[tuple[Font, ...], Field(max_length=limits.FONTS)] = ()
    """The job's own fonts, one for each weight and slope of a family."""
    audio: Audio = Audio()
    webhook: Webhook = Webhook()
    metadata: Annotated[dict[str, JsonValue], AfterValidator(_small)] = {}
    """Echoed in the webhook."""

    @model_validator(mode="after")
    def _shows_something(self) -> Self:
        if self.base is None and not self.clips:
            raise ValueError("clips or a base video are expected")
        return self

    @property
    def is_adjusted(self) -> bool:
        """Whether colours change anywhere."""
        clips, intervals = (each.adjustments for each in self.clips), (each.adjustments for each in self.adjustments)
        return not all(adjustments.is_neutral for adjustments in (*clips, *intervals))

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Every source's URL once, in the order of first use, with the pointer of that use."""
        pointers = dict(self.pictures)
        if self.audio.soundtrack is not None:
            pointers.setdefault(self.audio.soundtrack, self.audio.pointer)
        for font in self.fonts:
            pointers.setdefault(font.source, font.pointer)
        return tuple(pointers.items())

    @property
    def pictures(self) -> tuple[tuple[str, str], ...]:
        """The `sources` that are visible: all except soundtrack and fonts."""
        used = [self.base] if self.base else list(self.clips)
        pointers: dict[str, str] = {}
        for item in used:
            pointers.setdefault(item.source, item.pointer)
        return tuple(pointers.items())
