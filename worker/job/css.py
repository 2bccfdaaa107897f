"""Parses CSS values as the editor sends them: colours, lengths, shadows, strokes.

Each function takes a raw JSON value and returns a typed one, or raises `CssError` with what was expected. Lengths are
pixels; `em` refers to the text's own font size. tinycss2 makes the tokens, css_color.py reads colours.
"""

import math
from typing import Any, Literal, NamedTuple

import tinycss2

from worker.job.css_color import Color, parse_color
from worker.job.css_math import CssError, significant, split

__all__ = ["Color", "CssError"]

REM_PX = 16.0
"""A browser's default root font size."""

CANVAS_HEIGHT = 1920.0
"""Height of the editor's canvas, in px; percentages of font sizes refer to it."""

WHITE = Color(255, 255, 255)

_DEGREES_PER_UNIT = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_PX_PER_UNIT = {"px": 1.0, "pt": 96 / 72, "rem": REM_PX}


class Shadow(NamedTuple):
    """One CSS text shadow: offsets and blur radius in px; the blur's standard deviation is half its radius."""

    x: float
    y: float
    blur: float
    color: Color


class Stroke(NamedTuple):
    """An outline, centred on the glyph's edge; width in px."""

    width: float
    color: Color


class Decoration(NamedTuple):
    """Lines along the text; a thickness in px, None is a tenth of the font size as in a browser; a color, None is the
    text's own."""

    underline: bool = False
    line_through: bool = False
    thickness: float | None = None
    color: Color | None = None

    def scaled(self, factor: float) -> "Decoration":
        """The same lines, thicker by `factor`."""
        return self._replace(thickness=None if self.thickness is None else self.thickness * factor)


TextTransform = Literal["none", "uppercase", "lowercase", "capitalize"]


def number(raw: object) -> float:
    """A JSON number, or a string that holds one."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise CssError("a number is expected")
    try:
        value = float(raw)
    except (ValueError, OverflowError) as error:
        raise CssError("a number is expected") from error
    if not math.isfinite(value):
        raise CssError("a finite number is expected")
    return value


def color(raw: object, current: Color = WHITE) -> Color:
    """Any CSS colour; `current` is `currentcolor`."""
    parsed = parse_color(raw.strip(), current) if isinstance(raw, str) else None
    if parsed is None:
        raise CssError("a CSS colour such as #ffde59, rgba(0,0,0,.5) or gold is expected")
    return parsed


def color_or_none(raw: object, current: Color = WHITE) -> Color | None:
    """A colour; None for `none` and for one that is wholly transparent."""
    if isinstance(raw, str) and raw.strip().lower() == "none":
        return None
    parsed = color(raw, current)
    return parsed if parsed.a > 0 else None


def length(raw: object, font_size: float) -> float:
    """A length in px: a number, `12px`, `9pt`, `.5em`, `1rem`; `normal` and `none` are 0."""
    if isinstance(raw, str):
        tokens = _tokens(raw)
        if len(tokens) == 1:
            if tokens[0].type == "ident" and tokens[0].lower_value in {"normal", "none"}:
                return 0.0
            return _length_of(tokens[0], font_size)
        raise CssError("a length such as 12px is expected")
    return number(raw)


def font_size(raw: object) -> float:
    """A font size in px; a percentage refers to the canvas's height."""
    if isinstance(raw, str) and raw.strip().endswith("%"):
        value = number(raw.strip()[:-1]) / 100 * CANVAS_HEIGHT
    else:
        value = length(raw, REM_PX)
    if value <= 0:
        raise CssError("a size above 0 is expected")
    return value


def font_weight(raw: object) -> int:
    """100 to 900, in hundreds; `normal` is 400 and `bold` 700."""
    named = {"normal": 400, "bold": 700, "bolder": 700, "lighter": 300}
    if isinstance(raw, str) and raw.strip().lower() in named:
        return named[raw.strip().lower()]
    value = number(raw)
    if not 1 <= value <= 1000:
        raise CssError("normal, bold, or 100 to 900 is expected")
    return min(max(round(value / 100) * 100, 100), 900)


def is_italic(raw: object) -> bool:
    """Whether a `font-style` slants."""
    word = raw.strip().lower() if isinstance(raw, str) else ""
    if word.startswith(("italic", "oblique")):
        return True
    if word == "normal":
        return False
    raise CssError("normal, italic or oblique is expected")


def line_height(raw: object, font_size: float) -> float | None:
    """A multiple of the font size; None for `normal`."""
    if isinstance(raw, str):
        text = raw.strip().lower()
        if text == "normal":
            return None
        if text.endswith("%"):
            value = number(text[:-1]) / 100
        elif text[-1:].isalpha():
            value = length(text, font_size) / font_size
        else:
            value = number(text)
    else:
        value = number(raw)
    if not 0 < value <= 20:
        raise CssError("a multiple above 0 and up to 20 is expected")
    return value


def angle(raw: object) -> float:
    """Degrees clockwise, 0 to 360: a number, `15deg`, `.1turn`, `.5rad`; `none` is 0."""
    if not isinstance(raw, str):
        return number(raw) % 360
    text = raw.strip().lower()
    if text == "none":
        return 0.0
    for unit, degrees in _DEGREES_PER_UNIT.items():
        if text.endswith(unit):
            return number(text.removesuffix(unit)) * degrees % 360
    return number(text) % 360


def rotation(raw: object) -> float:
    """The angle of the `rotate()` in a `transform`, 0 without one; other functions are ignored."""
    if not isinstance(raw, str):
        raise CssError("rotate(15deg) is expected")
    found = [part.rpartition("rotate(")[2] for part in raw.lower().split(")") if "rotate(" in part]
    return angle(found[0]) if found else 0.0


def alpha(raw: object) -> float:
    """An opacity: 0..1, or a percentage; clamped as CSS does."""
    is_percentage = isinstance(raw, str) and raw.strip().endswith("%")
    value = percent(raw) if is_percentage else number(raw)
    return min(max(value, 0.0), 1.0)


def percent(raw: object) -> float:
    """An opacity of 0 to 100 (`"60"` and `"60%"` occur) as 0..1; clamped."""
    value = number(raw.strip().removesuffix("%") if isinstance(raw, str) else raw) / 100
    return min(max(value, 0.0), 1.0)


def sides(raw: object, font_size: float) -> tuple[float, float, float, float]:
    """CSS's one to four values as top, right, bottom, left; negative ones are refused."""
    parts = raw.split() if isinstance(raw, str) else [raw]
    values = [length(part, font_size) for part in parts]
    if not 1 <= len(values) <= 4 or min(values) < 0:
        raise CssError("one to four lengths of at least 0, such as 4px 8px, are expected")
    top = values[0]
    right = values[1] if len(values) > 1 else top
    bottom = values[2] if len(values) > 2 else top
    left = values[3] if len(values) > 3 else right
    return top, right, bottom, left


def shadows(raw: object, font_size: float, current: Color) -> tuple[Shadow, ...]:
    """A `text-shadow` list; empty for `none`. `current` is the text's own colour, which a shadow takes without one."""
    if not isinstance(raw, str):
        raise CssError("shadows such as 2px 2px 4px rgba(0,0,0,.5) are expected")
    if raw.strip().lower() == "none":
        return ()
    return tuple(_shadow(part, font_size, current) for part in split(_tokens(raw), ","))


def stroke(raw: object, font_size: float, current: Color) -> Stroke | None:
    """A `-webkit-text-stroke`: a width and a colour, in any order; None for `none`, no width, or no visible colour."""
    if not isinstance(raw, str):
        raise CssError("a stroke such as 2px #000000 is expected")
    if raw.strip().lower() in {"none", "0", "unset", "initial"}:
        return None
    lengths, shade = _lengths_and_color(_tokens(raw), font_size, current)
    if len(lengths) != 1 or lengths[0] < 0:
        raise CssError("a stroke such as 2px #000000 is expected")
    return Stroke(lengths[0], shade) if lengths[0] > 0 and shade.a > 0 else None


def decoration(raw: object, font_size: float, current: Color) -> Decoration:
    """A `text-decoration`: its lines, and in any order a thickness, a colour, and `solid`; empty for `none`."""
    if not isinstance(raw, str):
        raise CssError("underline, line-through or none is expected")
    lines: set[str] = set()
    thickness: float | None = None
    shade: Color | None = None
    for token in _tokens(raw):
        word = token.lower_value if token.type == "ident" else ""
        parsed = parse_color(token, current)
        if word in {"underline", "line-through"}:
            lines.add(word)
        elif parsed is not None:
            shade = parsed
        elif token.type in {"dimension", "number"}:
            thickness = _length_of(token, font_size)
        elif word not in {"none", "solid", "auto"}:
            raise CssError("underline and line-through, a colour and a thickness can be painted")
    return Decoration("underline" in lines, "line-through" in lines, thickness, shade)


def text_transform(raw: object) -> TextTransform:
    """The case of the letters; CSS's `full-width`, `full-size-kana` and `math-auto` are refused."""
    match raw.strip().lower() if isinstance(raw, str) else "":
        case "none":
            return "none"
        case "uppercase":
            return "uppercase"
        case "lowercase":
            return "lowercase"
        case "capitalize":
            return "capitalize"
    raise CssError("none, uppercase, lowercase or capitalize is expected")


def _shadow(tokens: list[Any], font_size: float, current: Color) -> Shadow:
    lengths, shade = _lengths_and_color(tokens, font_size, current)
    if not 2 <= len(lengths) <= 3 or (len(lengths) == 3 and lengths[2] < 0):
        raise CssError("shadows such as 2px 2px 4px rgba(0,0,0,.5) are expected")
    return Shadow(lengths[0], lengths[1], lengths[2] if len(lengths) == 3 else 0.0, shade)


def _lengths_and_color(tokens: list[Any], font_size: float, current: Color) -> tuple[list[float], Color]:
    lengths: list[float] = []
    shade: Color | None = None
    for token in tokens:
        parsed = parse_color(token, current)
        if parsed is None:
            lengths.append(_length_of(token, font_size))
        elif shade is not None:
            raise CssError("one colour is expected")
        else:
            shade = parsed
    return lengths, current if shade is None else shade


def _tokens(raw: str) -> list[Any]:
    return significant(tinycss2.parse_component_value_list(raw, skip_comments=True))


def _length_of(token: Any, font_size: float) -> float:
    if token.type == "number":
        return number(token.value)
    if token.type == "dimension":
        unit = token.lower_unit
        if unit in _PX_PER_UNIT:
            return number(token.value) * _PX_PER_UNIT[unit]
        if unit == "em":
            return number(token.value) * font_size
    raise CssError("a length in px, pt, em or rem is expected")
