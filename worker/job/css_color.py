"""Reads CSS colours, of CSS Color 4 and 5, and converts them to sRGB as Chromium does: what is beyond sRGB is clipped.

    names, #rgb, rgb(), hsl(), hwb(), lab(), lch(), oklab(), oklch(), color(), with `none`, calc() and `from` a colour
    color-mix(), light-dark(), currentcolor

tinycss2 makes the tokens, and knows the names. https://www.w3.org/TR/css-color-4/, https://www.w3.org/TR/css-color-5/
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import tinycss2
import tinycss2.color4

from worker.job.color_mix import HUE, HUES, Shade, converted, mix
from worker.job.color_spaces import Triple, convert
from worker.job.css_math import CssError, Quantity, calculate, nesting, significant, split

_NESTING = 12
"""Deepest nesting of functions and brackets: Python's stack has an end."""

_FAR = 1e6
"""Bound of a channel, far beyond every colour: the cube of a greater one may be no number any more."""


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
        """Whether a black shadow contrasts better than a white one (BT.601 luma of at least a half)."""
        return 0.299 * self.r + 0.587 * self.g + 0.114 * self.b >= 127.5


class _Function(NamedTuple):
    """A notation: its colour space, the letters of its channels, and what 100% of each channel is."""

    space: str
    letters: str
    whole: Triple
    unit: float = 1.0
    """A channel's value in the notation where it is 1 in the space."""


_FUNCTIONS = {
    "rgb": _Function("srgb", "rgb", (255.0, 255.0, 255.0), 255.0),
    "hsl": _Function("hsl", "hsl", (360.0, 100.0, 100.0)),
    "hwb": _Function("hwb", "hwb", (360.0, 100.0, 100.0)),
    "lab": _Function("lab", "lab", (100.0, 125.0, 125.0)),
    "lch": _Function("lch", "lch", (100.0, 150.0, 360.0)),
    "oklab": _Function("oklab", "lab", (1.0, 0.4, 0.4)),
    "oklch": _Function("oklch", "lch", (1.0, 0.4, 360.0)),
}
_ALIASES = {"rgba": "rgb", "hsla": "hsl"}

_RGB_SPACES = ("srgb", "srgb-linear", "display-p3", "display-p3-linear", "a98-rgb", "prophoto-rgb", "rec2020")
_XYZ_SPACES = {"xyz": "xyz-d65", "xyz-d65": "xyz-d65", "xyz-d50": "xyz-d50"}

_RANGES: dict[str, dict[int, tuple[float, float]]] = {
    "hsl": {1: (0.0, _FAR)},
    "hwb": {1: (0.0, _FAR), 2: (0.0, _FAR)},
    "lab": {0: (0.0, 100.0)},
    "lch": {0: (0.0, 100.0), 1: (0.0, _FAR)},
    "oklab": {0: (0.0, 1.0)},
    "oklch": {0: (0.0, 1.0), 1: (0.0, _FAR)},
}
"""To what CSS clamps a channel, by its place."""


def parse_color(raw: Any, current: Color) -> Color | None:
    """The colour of a string, or of a token of tinycss2; None for what is no colour. `current` is `currentcolor`."""
    token = tinycss2.parse_one_component_value(raw, skip_comments=True) if isinstance(raw, str) else raw
    if nesting(token) > _NESTING:
        return None
    try:
        return _to_color(_shade(token, current))
    except CssError:
        return None


def _to_color(shade: Shade) -> Color:
    r, g, b = (math.floor(min(max(value, 0.0), 1.0) * 255 + 0.5 + 1e-6) for value in convert(*shade.plain, "srgb"))
    return Color(r, g, b, min(max(shade.alpha or 0.0, 0.0), 1.0))


def _shade(token: Any, current: Color) -> Shade:
    if token.type == "function":
        return _function(token, current)
    parsed = tinycss2.color4.parse_color(token) if token.type in {"ident", "hash"} else None
    if parsed is None:
        raise CssError
    if isinstance(parsed, str):
        return Shade("srgb", (current.r / 255, current.g / 255, current.b / 255), current.a)
    r, g, b = parsed.coordinates
    return Shade("srgb", (r, g, b), float(parsed.alpha))


def _function(token: Any, current: Color) -> Shade:
    name, arguments = _ALIASES.get(token.lower_name, token.lower_name), significant(token.arguments)
    parts = split(arguments, ",")
    if name == "color-mix":
        return _color_mix(parts, current)
    if name == "light-dark" and len(parts) == 2:  # the editor's pages are light
        light, _ = (_shade(_single(part), current) for part in parts)
        return light
    if name in {"rgb", "hsl"} and len(parts) > 1:
        return _legacy(_FUNCTIONS[name], parts)
    if len(parts) == 1 and (name in _FUNCTIONS or name == "color"):
        return _modern(name, arguments, current)
    raise CssError


def _legacy(function: _Function, parts: Sequence[list[Any]]) -> Shade:
    """Numbers between commas: of one kind, and none left out."""
    if not 3 <= len(parts) <= 4:
        raise CssError
    values = [calculate(_single(part), {}) for part in parts]
    is_hue = function.letters[0] == "h"
    units = {value.unit for value in values[is_hue:3]}
    if len(units) > 1 or (is_hue and units != {"%"}):
        raise CssError
    if is_hue:
        values[1] = min(values[1], Quantity(100.0, "%"))
    return _made(function, values[:3], values[3] if len(values) > 3 else Quantity(1.0))


def _modern(name: str, arguments: Sequence[Any], current: Color) -> Shade:
    """Values between spaces, perhaps computed from another colour's, and an alpha after a slash."""
    origin: Shade | None = None
    if arguments and _word(arguments[0]) == "from":
        origin, arguments = _shade(_at(arguments, 1), current), arguments[2:]
    function = _FUNCTIONS.get(name)
    if function is None:
        function, arguments = _predefined(_word(_at(arguments, 0))), arguments[1:]
    before, *after = split(arguments, "/")
    if len(before) != 3 or len(after) > 1:
        raise CssError
    names: dict[str, Quantity | None] = {}
    default: Quantity | None = Quantity(1.0)
    if origin is not None:
        own = converted(origin, function.space)
        values = [None if value is None else Quantity(value * function.unit) for value in own.channels]
        default = None if own.alpha is None else Quantity(own.alpha)
        names = {**dict(zip(function.letters, values, strict=True)), "alpha": default}
    alpha = _value(_single(after[0]), names) if after else default
    return _made(function, [_value(token, names) for token in before], alpha, is_clipped=origin is None)


def _predefined(word: str) -> _Function:
    """The notation of a space that `color()` names."""
    if word in _XYZ_SPACES:
        return _Function(_XYZ_SPACES[word], "xyz", (1.0, 1.0, 1.0))
    if word in _RGB_SPACES:
        return _Function(word, "rgb", (1.0, 1.0, 1.0))
    raise CssError


def _value(token: Any, names: Mapping[str, Quantity | None]) -> Quantity | None:
    """A channel's value; None for `none`."""
    word = _word(token)
    if word == "none":
        return None
    if word in names:
        return names[word]
    return calculate(token, {name: value or Quantity(0.0) for name, value in names.items()})


def _made(
    function: _Function, values: Sequence[Quantity | None], alpha: Quantity | None, *, is_clipped: bool = True
) -> Shade:
    """The colour with these values, each clamped as CSS clamps it."""
    ranges = dict(_RANGES.get(function.space, {}))
    if function.unit != 1 and is_clipped:
        ranges = dict.fromkeys(range(3), (0.0, 1.0))
    channels: list[float | None] = []
    for index, value in enumerate(values):
        is_hue = HUE.get(function.space) == index
        number = None if value is None else _number(value, function.whole[index], is_hue=is_hue) / function.unit
        low, high = ranges.get(index, (-_FAR, _FAR))
        channels.append(None if number is None else min(max(number, low), high))
    opacity = None if alpha is None else min(max(_number(alpha, 1.0), 0.0), 1.0)
    return Shade(function.space, (channels[0], channels[1], channels[2]), opacity)


def _number(value: Quantity, whole: float, *, is_hue: bool = False) -> float:
    """A number of a quantity; percentages are of `whole`, and only a hue is an angle, and never a percentage."""
    if value.unit not in (("", "deg") if is_hue else ("", "%")):
        raise CssError
    if is_hue:
        return value.number % 360 if math.isfinite(value.number) else 0.0
    number = value.number * whole / 100 if value.unit == "%" else value.number
    return 0.0 if math.isnan(number) else number


def _color_mix(parts: Sequence[list[Any]], current: Color) -> Shade:
    """`color-mix(in oklch longer hue, red 30%, blue)`; without `in`, the space is oklab."""
    space, hue = "oklab", "shorter"
    if parts[0] and _word(parts[0][0]) == "in":
        words, parts = [_word(token) for token in parts[0][1:]], parts[1:]
        space, *method = words or [""]
        space = _XYZ_SPACES.get(space, space)
        if method:
            hue = method[0]
            if len(method) != 2 or hue not in HUES or method[1] != "hue" or space not in HUE:
                raise CssError
        if space not in {*_RGB_SPACES, *_XYZ_SPACES, "lab", "lch", "oklab", "oklch", "hsl", "hwb"}:
            raise CssError
    if len(parts) != 2:
        raise CssError
    (first, one), (second, two) = (_share(part, current) for part in parts)
    if one is None:
        one = 50.0 if two is None else 100 - two
    two = 100 - one if two is None else two
    if one + two <= 0:
        raise CssError
    mixed = mix(converted(first, space), converted(second, space), two / (one + two), hue)
    alpha = None if mixed.alpha is None else mixed.alpha * min((one + two) / 100, 1.0)
    return mixed._replace(alpha=alpha)


def _share(part: Sequence[Any], current: Color) -> tuple[Shade, float | None]:
    """A colour of a mix and its percentage, in any order."""
    percentages = [token.value for token in part if token.type == "percentage"]
    colors = [token for token in part if token.type != "percentage"]
    if len(colors) != 1 or len(percentages) > 1 or any(not 0 <= value <= 100 for value in percentages):
        raise CssError
    return _shade(colors[0], current), percentages[0] if percentages else None


def _single(tokens: Sequence[Any]) -> Any:
    if len(tokens) != 1:
        raise CssError
    return tokens[0]


def _at(tokens: Sequence[Any], index: int) -> Any:
    if index >= len(tokens):
        raise CssError
    return tokens[index]


def _word(token: Any) -> str:
    """A keyword in small letters; "" for any other token."""
    return str(token.lower_value) if token.type == "ident" else ""
