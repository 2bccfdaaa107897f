"""Values of CSS as the editor sends them: colours, lengths, shadows, strokes.

Each function takes a raw JSON value and returns a typed one, or raises `CssError` with what was expected. Lengths are
pixels; `em` counts in the text's own font size. Tokenising and colours are tinycss2's.
"""

import math
from typing import Any, NamedTuple

import tinycss2
import tinycss2.color4

REM_PX = 16.0
"""A browser's default root font size."""

CANVAS_HEIGHT = 1920.0
"""Height in px of the canvas that the editor counts on; percentages of font sizes refer to it."""

_DEGREES_PER_UNIT = {"deg": 1.0, "grad": 0.9, "rad": 180 / math.pi, "turn": 360.0}
_PX_PER_UNIT = {"px": 1.0, "pt": 96 / 72, "rem": REM_PX}


class CssError(ValueError):
    """A value that can't be read; the message says what was expected."""


class Color(NamedTuple):
    """An sRGB colour: 0..255 each, and alpha 0..1."""

    r: int
    g: int
    b: int
    a: float = 1.0

    def with_alpha(self, alpha: float) -> "Color":
        """The same colour with alpha 0..1 in place of its own."""
        return Color(self.r, self.g, self.b, alpha)

    @property
    def is_light(self) -> bool:
        """Whether a black shadow shows better behind it than a white one (BT.601 luma of at least a half)."""
        return 0.299 * self.r + 0.587 * self.g + 0.114 * self.b >= 127.5


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


def color(raw: object) -> Color:
    """Any CSS colour: `#rgb`, `#rrggbb`, `#rrggbbaa`, `rgb()`, `rgba()`, `hsl()`, or a name."""
    parsed = tinycss2.color4.parse_color(raw.strip()) if isinstance(raw, str) else None
    if parsed is None or isinstance(parsed, str):
        raise CssError("a CSS colour such as #ffde59, rgba(0,0,0,.5) or gold is expected")
    return _to_color(parsed)


def color_or_none(raw: object) -> Color | None:
    """A colour; None for `none` and for one that is wholly transparent."""
    if isinstance(raw, str) and raw.strip().lower() == "none":
        return None
    parsed = color(raw)
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
    """The angle of the `rotate()` in a `transform`, 0 without one; other functions are the position's business."""
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
    return tuple(_shadow(part, font_size, current) for part in _split_at_commas(_tokens(raw)))


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


def _shadow(tokens: list[Any], font_size: float, current: Color) -> Shadow:
    lengths, shade = _lengths_and_color(tokens, font_size, current)
    if not 2 <= len(lengths) <= 3 or (len(lengths) == 3 and lengths[2] < 0):
        raise CssError("shadows such as 2px 2px 4px rgba(0,0,0,.5) are expected")
    return Shadow(lengths[0], lengths[1], lengths[2] if len(lengths) == 3 else 0.0, shade)


def _lengths_and_color(tokens: list[Any], font_size: float, current: Color) -> tuple[list[float], Color]:
    lengths: list[float] = []
    shade: Color | None = None
    for token in tokens:
        parsed = tinycss2.color4.parse_color(token)
        if parsed is None:
            lengths.append(_length_of(token, font_size))
        elif shade is not None:
            raise CssError("one colour is expected")
        else:
            shade = current if isinstance(parsed, str) else _to_color(parsed)
    return lengths, current if shade is None else shade


def _to_color(parsed: Any) -> Color:
    red, green, blue = parsed.to("srgb").coordinates
    return Color(_to_byte(red), _to_byte(green), _to_byte(blue), min(max(float(parsed.alpha), 0.0), 1.0))


def _to_byte(channel: float | None) -> int:
    return round(min(max(channel or 0.0, 0.0), 1.0) * 255)


def _tokens(raw: str) -> list[Any]:
    tokens = tinycss2.parse_component_value_list(raw, skip_comments=True)
    return [token for token in tokens if token.type != "whitespace"]


def _split_at_commas(tokens: list[Any]) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for value in tokens:
        if value == ",":
            parts.append([])
        else:
            parts[-1].append(value)
    return parts


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
