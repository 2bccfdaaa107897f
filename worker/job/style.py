"""How a text looks: the style table of the contract, read from what the editor sends.

The editor sends CSS as its preview uses it: camelCase or snake_case, numbers as strings, shorthands. `parse_style`
reads it once; behind it a `Style` holds numbers in pixels of the 1080 x 1920 canvas. A value that can't be read never
fails a job: it falls back to its default, and is reported.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Literal, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict

from worker.job import css, limits
from worker.job.css import Color, CssError, Shadow, Stroke
from worker.job.errors import JobWarning, WarningCode

WHITE = Color(255, 255, 255, 1.0)
BLACK = Color(0, 0, 0, 1.0)

FAMILIES = {
    "roboto": "Roboto",
    "arial": "Roboto",
    "open sans": "Open Sans",
    "montserrat": "Montserrat",
    "lato": "Lato",
    "tinos": "Tinos",
    "times new roman": "Tinos",
}
"""The families that the worker has, and the names that the editor knows them by."""

T = TypeVar("T")

Align = Literal["left", "center", "right", "justify"]


class Style(BaseModel):
    """The look of one text. Lengths are pixels of the 1080 x 1920 canvas."""

    model_config = ConfigDict(frozen=True)

    color: Color = WHITE
    font_family: str = "Roboto"
    """One of the values of `FAMILIES`, or a family of the job's own fonts."""
    font_size: float = 48.0
    font_weight: int = 400
    """100 to 900."""
    italic: bool = False
    background: Color | None = None
    padding: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Top, right, bottom, left."""
    border_radius: float = 0.0
    background_blur: float = 0.0
    """Standard deviation of the blur of the video behind the box, as CSS `backdrop-filter: blur()` has it."""
    shadows: tuple[Shadow, ...] = ()
    """The first lies on top, as in CSS."""
    stroke: Stroke | None = None
    letter_spacing: float = 0.0
    line_height: float | None = None
    """Multiple of the font size; None is CSS's `normal`, which the font decides."""
    text_align: Align = "center"
    opacity: float = 1.0
    """0 to 1, of the whole text with its box."""
    rotation: float = 0.0
    """Degrees clockwise, of the text with its box about their middle, as CSS `rotate`."""


def parse_style(raw: object, pointer: str, families: Collection[str] = ()) -> tuple[Style, list[JobWarning]]:
    """Read a style as the editor sends it.

    `raw` is the message's `style` object (None counts as empty), `pointer` where it stands in the message; `families`
    are those of the fonts that the job brings along. Returns the style and a warning for each value that can't be read.
    Unknown fields are ignored. Raises nothing.
    """
    if raw is None:
        return Style(), []
    if not isinstance(raw, Mapping):
        return Style(), [_warning(pointer, "style", raw, "an object is expected")]
    reader = _Reader(raw, pointer)
    font_size = reader.read("font_size", css.font_size, 48.0)
    font_size = reader.clamp("font_size", font_size, limits.FONT_PX_MIN, limits.FONT_PX_MAX)
    color = reader.read("color", css.color, WHITE)
    blur = reader.read("background_blur", lambda raw: css.length(raw, font_size), 0.0)
    style = Style(
        color=color,
        font_family=reader.read("font_family", lambda value: _family(value, families), "Roboto"),
        font_size=font_size,
        font_weight=reader.read("font_weight", css.font_weight, 700 if reader.flag("bold") else 400),
        italic=reader.read("font_style", css.is_italic, default=False),
        background=_background(reader),
        padding=_padding(reader, font_size),
        border_radius=reader.length("border_radius", font_size),
        background_blur=reader.clamp("background_blur", blur, 0.0, limits.BLUR_PX_MAX),
        shadows=_shadows(reader, color, font_size),
        stroke=_stroke(reader, color, font_size),
        letter_spacing=reader.length("letter_spacing", font_size, negative=True),
        line_height=reader.read("line_height", lambda value: css.line_height(value, font_size), None),
        text_align=reader.read("text_align", _align, "center"),
        opacity=reader.read("opacity", css.alpha, 1.0),
        rotation=_rotation(reader),
    )
    return style, reader.warnings


class _Found(NamedTuple):
    name: str
    value: object


class _Reader:
    """Looks fields up in either case, and turns what can't be read into a default and a warning."""

    def __init__(self, raw: Mapping[str, Any], pointer: str) -> None:
        self._raw = raw
        self._pointer = pointer
        self.warnings: list[JobWarning] = []

    def find(self, field: str) -> _Found | None:
        """The field `snake_case`, or its camelCase form; None where it is absent, null or blank."""
        for name in (field, _camel(field)):
            value = self._raw.get(name)
            if value is not None and not (isinstance(value, str) and not value.strip()):
                return _Found(name, value)
        return None

    def read(self, field: str, parse: Callable[[object], T], default: T) -> T:
        found = self.find(field)
        if found is None:
            return default
        try:
            if isinstance(found.value, str) and len(found.value) > limits.STYLE_CHARACTERS:
                raise CssError(f"at most {limits.STYLE_CHARACTERS} characters are possible")
            return parse(found.value)
        except CssError as error:
            self.warnings.append(_warning(f"{self._pointer}/{found.name}", found.name, found.value, str(error)))
            return default

    def length(self, field: str, font_size: float, *, negative: bool = False) -> float:
        value = self.read(field, lambda raw: css.length(raw, font_size), 0.0)
        return self.clamp(field, value, -limits.LENGTH_PX_MAX if negative else 0.0, limits.LENGTH_PX_MAX)

    def clamp(self, field: str, value: float, low: float, high: float) -> float:
        if not low <= value <= high:
            self.warn(field, f"{low:g} to {high:g} px is possible")
        return min(max(value, low), high)

    def warn(self, field: str, reason: str) -> None:
        """Report, once, that a field wasn't taken as it stands."""
        found = self.find(field)
        name, raw = found if found else (field, "")
        warning = _warning(f"{self._pointer}/{name}", name, raw, reason)
        if warning not in self.warnings:
            self.warnings.append(warning)

    def flag(self, field: str) -> bool:
        """Whether an old boolean field is set; `"true"` and 1 occur."""
        return str(self._raw.get(field)).lower() in {"true", "1"}

    def percent(self, field: str) -> float | None:
        """An opacity of 0 to 100 as 0 to 1; None where it is absent or can't be read."""
        return self.read(field, css.percent, None)


def _background(reader: _Reader) -> Color | None:
    color = reader.read("background_color", css.color_or_none, None)
    opacity = reader.percent("background_opacity")
    if color is None or color.a == 0:
        return None
    if opacity is not None:
        color = color.with_alpha(opacity)
    return color if color.a > 0 else None


def _padding(reader: _Reader, font_size: float) -> tuple[float, float, float, float]:
    everywhere = reader.length("background_padding", font_size)
    default = (everywhere, everywhere, everywhere, everywhere)
    top, right, bottom, left = reader.read("padding", lambda raw: css.sides(raw, font_size), default)
    return (
        reader.clamp("padding", top, 0.0, limits.LENGTH_PX_MAX),
        reader.clamp("padding", right, 0.0, limits.LENGTH_PX_MAX),
        reader.clamp("padding", bottom, 0.0, limits.LENGTH_PX_MAX),
        reader.clamp("padding", left, 0.0, limits.LENGTH_PX_MAX),
    )


def _shadows(reader: _Reader, color: Color, font_size: float) -> tuple[Shadow, ...]:
    none: tuple[Shadow, ...] = ()
    listed = reader.read("text_shadow", lambda raw: css.shadows(raw, font_size, color), none)
    if len(listed) > limits.SHADOWS:
        reader.warn("text_shadow", f"the first {limits.SHADOWS} shadows are painted")
    if listed:
        return tuple(_within_reach(reader, "text_shadow", shadow) for shadow in listed[: limits.SHADOWS])
    opacity = reader.percent("shadow_opacity")
    if opacity is not None and opacity > 0:
        behind = reader.read("shadow_color", css.color, BLACK if color.is_light else WHITE)
        shadow = Shadow(
            x=reader.read("shadow_offset_x", lambda raw: css.length(raw, font_size), 3.0),
            y=reader.read("shadow_offset_y", lambda raw: css.length(raw, font_size), 3.0),
            blur=reader.length("shadow_blur", font_size),
            color=behind.with_alpha(opacity),
        )
        return (_within_reach(reader, "shadow_blur", shadow),)
    if opacity is None and reader.flag("shadow"):
        return (Shadow(x=2.0, y=2.0, blur=4.0, color=BLACK.with_alpha(0.5)),)
    return ()


def _within_reach(reader: _Reader, field: str, shadow: Shadow) -> Shadow:
    most = limits.LENGTH_PX_MAX
    return shadow._replace(
        x=reader.clamp(field, shadow.x, -most, most),
        y=reader.clamp(field, shadow.y, -most, most),
        blur=reader.clamp(field, shadow.blur, 0.0, limits.BLUR_PX_MAX),
    )


def _stroke(reader: _Reader, color: Color, font_size: float) -> Stroke | None:
    for field in ("webkit_text_stroke", "text_stroke"):
        stroke = reader.read(field, lambda raw: css.stroke(raw, font_size, color), None)
        if stroke is not None:
            return stroke._replace(width=reader.clamp(field, stroke.width, 0.0, limits.LENGTH_PX_MAX))
    return None


def _rotation(reader: _Reader) -> float:
    for field, parse in (("rotation", css.angle), ("rotate", css.angle), ("transform", css.rotation)):
        if reader.find(field) is not None:
            return reader.read(field, parse, 0.0)
    return 0.0


def _family(raw: object, own: Collection[str]) -> str:
    """The first family of a CSS list: the first wins, and one that we don't have is as if it couldn't be read."""
    known = FAMILIES | {_folded(family): family for family in own}
    family = known.get(_folded(str(raw).split(",")[0].strip().strip("'\"")))
    if family is None:
        raise CssError(f"the fonts are {', '.join(sorted(set(known.values())))}")
    return family


def _folded(family: str) -> str:
    """Names of families are compared without regard to case and spaces."""
    return " ".join(family.split()).lower()


def _align(raw: object) -> Align:
    match str(raw).strip().lower():
        case "left" | "start":
            return "left"
        case "right" | "end":
            return "right"
        case "center":
            return "center"
        case "justify":
            return "justify"
    raise CssError("left, center, right or justify is expected")


def _camel(field: str) -> str:
    head, *tail = field.split("_")
    return head + "".join(word.capitalize() for word in tail)


def _warning(pointer: str, field: str, value: object, reason: str) -> JobWarning:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return JobWarning(WarningCode.STYLE_VALUE, pointer, f"The style's {field} {shown} was not used: {reason}.")
