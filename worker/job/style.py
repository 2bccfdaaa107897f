"""Parses the style of a text: the style table of the contract.

The editor sends CSS as its preview uses it: camelCase or snake_case, numbers as strings, shorthands. `parse_style`
converts it to a `Style` with numbers in pixels of the 1080 x 1920 canvas. A malformed value never fails a job: it falls
back to its default, and is reported as a warning.
"""

from collections.abc import Collection, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from worker.job import css, limits
from worker.job.css import WHITE, Color, CssError, Decoration, Shadow, Stroke, TextTransform
from worker.job.errors import JobWarning
from worker.job.font_names import DEFAULT_FAMILY, FontChoice, choose_font
from worker.job.style_fields import StyleFields, style_warning

BLACK = Color(0, 0, 0, 1.0)

OLD_BOX, OLD_SHADOW, OLD_STROKE = (
    BLACK.with_alpha(0.7),
    Shadow(2.0, 2.0, 4.0, BLACK.with_alpha(0.5)),
    Stroke(2.0, BLACK),
)
"""What the old flags `background`, `shadow` and `outline` ask for: their values in the editor's first version."""

SUPPORTED = frozenset(
    {
        "background",
        "background_color",
        "border_radius",
        "color",
        "font_family",
        "font_size",
        "font_style",
        "font_weight",
        "letter_spacing",
        "line_height",
        "opacity",
        "outline",
        "padding",
        "rotate",
        "text_align",
        "text_decoration",
        "text_decoration_color",
        "text_decoration_line",
        "text_decoration_style",
        "text_decoration_thickness",
        "text_shadow",
        "text_stroke",
        "text_transform",
        "transform",
        "webkit_text_stroke",
    }
)
"""The properties of CSS that texts are painted with, in snake_case."""

Sides = tuple[float, ...]
"""Top, right, bottom, left."""

Align = Literal["left", "center", "right", "justify"]


class Style(BaseModel):
    """The style of one text. Lengths are pixels of the 1080 x 1920 canvas."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    color: Color = WHITE
    font_family: str = DEFAULT_FAMILY
    """One of the values of `font_names.FAMILIES`, or a family of the job's own fonts."""
    other_families: tuple[str, ...] = ()
    """Families to take characters from that `font_family` lacks, in order."""
    font_size: float = 48.0
    font_weight: int = 400
    """100 to 900."""
    italic: bool = False
    background: Color | None = None
    padding: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    """Top, right, bottom, left."""
    border_radius: float = 0.0
    background_blur: float = 0.0
    """Standard deviation of the blur of the video behind the box, as in CSS `backdrop-filter: blur()`."""
    shadows: tuple[Shadow, ...] = ()
    """Text shadows; the first is on top, as in CSS."""
    stroke: Stroke | None = None
    letter_spacing: float = 0.0
    line_height: float | None = None
    """Multiple of the font size; None is CSS's `normal`, which the font decides."""
    text_align: Align = "center"
    text_transform: TextTransform = "none"
    decoration: Decoration = Decoration()
    opacity: float = 1.0
    """Opacity of the whole text with its box, 0 to 1."""
    rotation: float = 0.0
    """Rotation of the text with its box about their centre, in degrees clockwise, as in CSS `rotate`."""


def parse_style(raw: object, pointer: str, families: Collection[str] = ()) -> tuple[Style, list[JobWarning]]:
    """Parse a style as the editor sends it.

    `raw` is the message's `style` object (None counts as empty), `pointer` its JSON pointer; `families` are those of
    the fonts that the job brings. Returns the style and a warning for each malformed value, for a font that another
    replaces, and for each property of CSS that isn't supported. Other unknown fields are ignored. Raises nothing.
    """
    if raw is None:
        return Style(), []
    if not isinstance(raw, Mapping):
        return Style(), [style_warning(pointer, raw, "an object is expected")]
    fields = StyleFields(raw, pointer)
    font_size = fields.read("font_size", css.font_size, 48.0)
    font_size = fields.clamp("font_size", font_size, limits.FONT_PX_MIN, limits.FONT_PX_MAX)
    color = fields.read("color", css.color, WHITE)
    font = _font(fields, families)
    blur = fields.read("background_blur", lambda raw: css.length(raw, font_size), 0.0)
    style = Style(
        color=color,
        font_family=font.family,
        other_families=font.others,
        font_size=font_size,
        font_weight=_font_weight(fields, font),
        italic=fields.read("font_style", css.is_italic, fields.is_set("italic")) or font.italic,
        background=_background(fields, color),
        padding=_padding(fields, font_size),
        border_radius=fields.length("border_radius", font_size),
        background_blur=fields.clamp("background_blur", blur, 0.0, limits.BLUR_PX_MAX),
        shadows=_shadows(fields, color, font_size),
        stroke=_stroke(fields, color, font_size),
        letter_spacing=fields.length("letter_spacing", font_size, negative=True),
        line_height=fields.read("line_height", lambda value: css.line_height(value, font_size), None),
        text_align=fields.read("text_align", _align, "center"),
        text_transform=fields.read("text_transform", css.text_transform, "none"),
        decoration=_decoration(fields, color, font_size),
        opacity=fields.read("opacity", css.alpha, 1.0),
        rotation=_rotation(fields),
    )
    fields.warn_of_unsupported(SUPPORTED if fields.is_flag("outline") else SUPPORTED - {"outline"})
    return style, fields.warnings


def _font(fields: StyleFields, own: Collection[str]) -> FontChoice:
    font = fields.read("font_family", lambda raw: choose_font(raw, own), FontChoice())
    if font.replaced:
        fields.warn_of_font("font_family", font.replaced, font.family)
    return font


def _font_weight(fields: StyleFields, font: FontChoice) -> int:
    """The weight of the face that the family names, `Montserrat Bold` for instance; else the style's."""
    weight = fields.read("font_weight", css.font_weight, 700 if fields.is_set("bold") else 400)
    return weight if font.weight is None else font.weight


def _background(fields: StyleFields, current: Color) -> Color | None:
    def read(field: str) -> Color | None:
        return fields.read(field, lambda raw: css.color_or_none(raw, current), None)

    if fields.find("background_color") is not None:
        color = read("background_color")
    elif fields.is_flag("background"):
        color = OLD_BOX if fields.is_set("background") else None
    else:
        color = read("background")
    opacity = fields.percent("background_opacity")
    if color is None or color.a == 0:
        return None
    if opacity is not None:
        color = color.with_alpha(opacity)
    return color if color.a > 0 else None


def _padding(fields: StyleFields, font_size: float) -> Sides:
    """`backgroundPadding` before `padding`: the editor writes `padding: "0"` into every text."""
    none: Sides | None = None
    padding = fields.read("background_padding", lambda raw: (css.length(raw, font_size),) * 4, none)
    field = "padding" if padding is None else "background_padding"
    top, right, bottom, left = padding or fields.read("padding", lambda raw: css.sides(raw, font_size), (0.0,) * 4)
    return (
        fields.clamp(field, top, 0.0, limits.LENGTH_PX_MAX),
        fields.clamp(field, right, 0.0, limits.LENGTH_PX_MAX),
        fields.clamp(field, bottom, 0.0, limits.LENGTH_PX_MAX),
        fields.clamp(field, left, 0.0, limits.LENGTH_PX_MAX),
    )


def _shadows(fields: StyleFields, color: Color, font_size: float) -> tuple[Shadow, ...]:
    """The shadow in parts before `text-shadow`, and both before the old flag."""
    opacity = fields.percent("shadow_opacity")
    if opacity:
        shade = fields.read("shadow_color", lambda raw: css.color(raw, color), BLACK if color.is_light else WHITE)
        shadow = Shadow(
            x=fields.read("shadow_offset_x", lambda raw: css.length(raw, font_size), 3.0),
            y=fields.read("shadow_offset_y", lambda raw: css.length(raw, font_size), 3.0),
            blur=fields.length("shadow_blur", font_size),
            color=shade.with_alpha(opacity),
        )
        return (_clamp_shadow(fields, "shadow_blur", shadow),)
    none: tuple[Shadow, ...] | None = None
    listed = fields.read("text_shadow", lambda raw: css.shadows(raw, font_size, color), none)
    if listed is None:
        return (OLD_SHADOW,) if opacity is None and fields.is_set("shadow") else ()
    if len(listed) > limits.SHADOWS:
        fields.warn("text_shadow", f"the first {limits.SHADOWS} shadows are painted")
    return tuple(_clamp_shadow(fields, "text_shadow", shadow) for shadow in listed[: limits.SHADOWS])


def _clamp_shadow(fields: StyleFields, field: str, shadow: Shadow) -> Shadow:
    most = limits.LENGTH_PX_MAX
    return shadow._replace(
        x=fields.clamp(field, shadow.x, -most, most),
        y=fields.clamp(field, shadow.y, -most, most),
        blur=fields.clamp(field, shadow.blur, 0.0, limits.BLUR_PX_MAX),
    )


def _stroke(fields: StyleFields, color: Color, font_size: float) -> Stroke | None:
    for field in ("webkit_text_stroke", "text_stroke"):
        stroke = fields.read(field, lambda raw: css.stroke(raw, font_size, color), None)
        if stroke is not None:
            return stroke._replace(width=fields.clamp(field, stroke.width, 0.0, limits.LENGTH_PX_MAX))
        if fields.find(field) is not None:
            return None
    if fields.is_set("outline"):
        return OLD_STROKE
    return None


def _decoration(fields: StyleFields, color: Color, font_size: float) -> Decoration:
    """`text-decoration`; its parts, where they are there on their own, replace those of the shorthand."""

    def read(field: str) -> Decoration:
        return fields.read(field, lambda raw: css.decoration(raw, font_size, color), Decoration())

    decoration = read("text_decoration")
    if fields.find("text_decoration_line"):
        lines = read("text_decoration_line")
        decoration = decoration._replace(underline=lines.underline, line_through=lines.line_through)
    shade = read("text_decoration_color").color or decoration.color
    thickness = read("text_decoration_thickness").thickness
    thickness = decoration.thickness if thickness is None else thickness
    read("text_decoration_style")
    if thickness is not None:
        thickness = fields.clamp("text_decoration", thickness, 0.0, limits.LENGTH_PX_MAX)
    return decoration._replace(color=shade, thickness=thickness)


def _rotation(fields: StyleFields) -> float:
    for field, parse in (("rotation", css.angle), ("rotate", css.angle), ("transform", css.rotation)):
        if fields.find(field) is not None:
            return fields.read(field, parse, 0.0)
    return 0.0


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
