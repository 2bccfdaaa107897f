"""Converts colours between CSS's colour spaces, by the formulas of CSS Color 4.

Channels have CSS's own scales: degrees for hues, 0..100 for the shares of hsl and hwb and for the lightness of lab and
lch, 0..1 for everything else that has a range. Values beyond it are kept: a wide space's colours are beyond sRGB's.
https://www.w3.org/TR/css-color-4/#color-conversion
"""

import math
from collections.abc import Callable
from typing import NamedTuple

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]
Map = Callable[[Triple], Triple]


class Space(NamedTuple):
    """A space, defined by its maps to another one and back."""

    base: str
    to_base: Map
    from_base: Map


def convert(channels: Triple, source: str, target: str) -> Triple:
    """The channels in the space `target` of a colour of the space `source`; both are names of `SPACES`, or xyz-d65."""
    path, goal = _bases(source), _bases(target)
    common = next(name for name in path if name in goal)
    for name in path[: path.index(common)]:
        channels = SPACES[name].to_base(channels)
    for name in reversed(goal[: goal.index(common)]):
        channels = SPACES[name].from_base(channels)
    return channels


def _bases(name: str) -> list[str]:
    path = [name]
    while path[-1] != _HUB:
        path.append(SPACES[path[-1]].base)
    return path


def _apply(matrix: Matrix, vector: Triple) -> Triple:
    x, y, z = (sum(weight * value for weight, value in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z


def _cross(a: Triple, b: Triple) -> Triple:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def _transposed(matrix: Matrix) -> Matrix:
    x, y, z = zip(*matrix, strict=True)
    return x, y, z


def _inverse(matrix: Matrix) -> Matrix:
    a, b, c = matrix
    columns = _cross(b, c), _cross(c, a), _cross(a, b)
    determinant = sum(x * y for x, y in zip(a, columns[0], strict=True))
    x, y, z = ((u / determinant, v / determinant, w / determinant) for u, v, w in columns)
    return _transposed((x, y, z))


def _product(first: Matrix, second: Matrix) -> Matrix:
    columns = _transposed(second)
    return _transposed((_apply(first, columns[0]), _apply(first, columns[1]), _apply(first, columns[2])))


def _xyz(x: float, y: float) -> Triple:
    """The colour with a chromaticity, at luminance 1."""
    return x / y, 1.0, (1 - x - y) / y


_HUB = "xyz-d65"

_D65, _D50 = _xyz(0.3127, 0.3290), _xyz(0.3457, 0.3585)
"""https://www.w3.org/TR/css-color-4/#color-conversion-code"""

_BRADFORD: Matrix = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
"""http://www.brucelindbloom.com/Eqn_ChromAdapt.html"""

_TO_LMS: Matrix = (
    (0.8190224379967030, 0.3619062600528904, -0.1288737815209879),
    (0.0329836539323885, 0.9292868615863434, 0.0361446663506424),
    (0.0481771893596242, 0.2642395317527308, 0.6335478284694309),
)
_TO_OKLAB: Matrix = (
    (0.2104542683093140, 0.7936177747023054, -0.0040720430116193),
    (1.9779985324311684, -2.4285922420485799, 0.4505937096174110),
    (0.0259040424655478, 0.7827717124575296, -0.8086757549230774),
)
"""XYZ to Oklab's cone responses, and their cube roots to Oklab: https://www.w3.org/TR/css-color-4/#color-conversion-code"""

_KAPPA, _EPSILON = 24389 / 27, 216 / 24389
"""CIE Lab's constants: https://www.w3.org/TR/css-color-4/#color-conversion-code"""


def _adaptation(source: Triple, target: Triple) -> Matrix:
    """Von Kries' adaptation from one white to another, on Bradford's cone responses."""
    gains = [new / old for old, new in zip(_apply(_BRADFORD, source), _apply(_BRADFORD, target), strict=True)]
    scaled: Matrix = ((gains[0], 0.0, 0.0), (0.0, gains[1], 0.0), (0.0, 0.0, gains[2]))
    return _product(_inverse(_BRADFORD), _product(scaled, _BRADFORD))


def _linear_map(base: str, matrix: Matrix) -> Space:
    inverse = _inverse(matrix)
    return Space(base, lambda v: _apply(matrix, v), lambda v: _apply(inverse, v))


def _linear_light(base: str, white: Triple, *primaries: tuple[float, float]) -> Space:
    """An RGB space of light, by its primaries' chromaticities (x, y)."""
    columns = [_xyz(x, y) for x, y in primaries]
    matrix = _transposed((columns[0], columns[1], columns[2]))
    r, g, b = _apply(_inverse(matrix), white)
    scaled = [tuple(value * share for value in column) for column, share in zip(columns, (r, g, b), strict=True)]
    return _linear_map(base, _transposed((scaled[0], scaled[1], scaled[2])))  # type: ignore[arg-type]


def _coded(base: str, decode: Callable[[float], float], encode: Callable[[float], float]) -> Space:
    """An RGB space with a transfer function, which is odd: CSS extends it to negative light."""

    def on_each(function: Callable[[float], float]) -> Map:
        def mapped(v: Triple) -> Triple:
            r, g, b = (math.copysign(function(abs(value)), value) for value in v)
            return r, g, b

        return mapped

    return Space(base, on_each(decode), on_each(encode))


def _power(base: str, exponent: float) -> Space:
    return _coded(base, lambda v: v**exponent, lambda v: v ** (1 / exponent))


def _srgb(base: str) -> Space:
    return _coded(
        base,
        lambda v: v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4,
        lambda v: 12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055,
    )


def _rec2020(base: str) -> Space:
    """BT.2020's camera curve (table 4), as Chromium has it; CSS Color 4 has since changed to a power of 2.4."""
    a, b = 1.09929682680944, 0.018053968510807
    return _coded(
        base,
        lambda v: v / 4.5 if v < 4.5 * b else ((v + a - 1) / a) ** (1 / 0.45),
        lambda v: 4.5 * v if v < b else a * v**0.45 - (a - 1),
    )


def _prophoto(base: str) -> Space:
    return _coded(
        base,
        lambda v: v / 16 if v <= 16 / 512 else v**1.8,
        lambda v: 16 * v if v < 1 / 512 else v ** (1 / 1.8),
    )


def _polar(base: str) -> Space:
    """Lightness, chroma and hue of a lightness and two opponent axes."""
    return Space(
        base,
        lambda v: (v[0], v[1] * math.cos(math.radians(v[2])), v[1] * math.sin(math.radians(v[2]))),
        lambda v: (v[0], math.hypot(v[1], v[2]), math.degrees(math.atan2(v[2], v[1])) % 360),
    )


def _from_lab(lab: Triple) -> Triple:
    y = (lab[0] + 16) / 116
    x, z = y + lab[1] / 500, y - lab[2] / 200
    cubes = (value**3 if value**3 > _EPSILON else (116 * value - 16) / _KAPPA for value in (x, y, z))
    return tuple(value * white for value, white in zip(cubes, _D50, strict=True))  # type: ignore[return-value]


def _to_lab(xyz: Triple) -> Triple:
    shares = (value / white for value, white in zip(xyz, _D50, strict=True))
    x, y, z = (math.cbrt(value) if value > _EPSILON else (_KAPPA * value + 16) / 116 for value in shares)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _to_oklab(xyz: Triple) -> Triple:
    long, medium, short = _apply(_TO_LMS, xyz)
    return _apply(_TO_OKLAB, (math.cbrt(long), math.cbrt(medium), math.cbrt(short)))


def _from_oklab(oklab: Triple) -> Triple:
    long, medium, short = _apply(_FROM_OKLAB, oklab)
    return _apply(_FROM_LMS, (long**3, medium**3, short**3))


_FROM_OKLAB, _FROM_LMS = _inverse(_TO_OKLAB), _inverse(_TO_LMS)


def _from_hsl(hsl: Triple) -> Triple:
    hue, saturation, lightness = hsl[0] / 30, hsl[1] / 100, hsl[2] / 100
    amplitude = saturation * min(lightness, 1 - lightness)

    def channel(offset: int) -> float:
        k = (offset + hue) % 12
        return lightness - amplitude * max(-1.0, min(k - 3, 9 - k, 1.0))

    return channel(0), channel(8), channel(4)


def _to_hsl(rgb: Triple) -> Triple:
    high, low = max(rgb), min(rgb)
    lightness = (high + low) / 2
    room = min(lightness, 1 - lightness)
    saturation = (high - lightness) / room if room else 0.0
    return (_hue(rgb) + (180 if saturation < 0 else 0)) % 360, abs(saturation) * 100, lightness * 100


def _hue(rgb: Triple) -> float:
    r, g, b = rgb
    spread = max(rgb) - min(rgb)
    if not spread:
        return 0.0
    return {r: (g - b) / spread, g: (b - r) / spread + 2, b: (r - g) / spread + 4}[max(rgb)] * 60 % 360


def _from_hwb(hwb: Triple) -> Triple:
    white, black = hwb[1] / 100, hwb[2] / 100
    if white + black >= 1:
        gray = white / (white + black)
        return gray, gray, gray
    r, g, b = (value * (1 - white - black) + white for value in _from_hsl((hwb[0], 100.0, 50.0)))
    return r, g, b


def _to_hwb(rgb: Triple) -> Triple:
    return _hue(rgb), min(rgb) * 100, (1 - max(rgb)) * 100


SPACES = {
    "xyz-d50": _linear_map("xyz-d65", _adaptation(_D50, _D65)),
    "srgb-linear": _linear_light("xyz-d65", _D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    "srgb": _srgb("srgb-linear"),
    "display-p3-linear": _linear_light("xyz-d65", _D65, (0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    "display-p3": _srgb("display-p3-linear"),
    "a98-rgb-linear": _linear_light("xyz-d65", _D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06)),
    "a98-rgb": _power("a98-rgb-linear", 563 / 256),
    "rec2020-linear": _linear_light("xyz-d65", _D65, (0.708, 0.292), (0.17, 0.797), (0.131, 0.046)),
    "rec2020": _rec2020("rec2020-linear"),
    "prophoto-rgb-linear": _linear_light(
        "xyz-d50", _D50, (0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105)
    ),
    "prophoto-rgb": _prophoto("prophoto-rgb-linear"),
    "lab": Space("xyz-d50", _from_lab, _to_lab),
    "lch": _polar("lab"),
    "oklab": Space("xyz-d65", _from_oklab, _to_oklab),
    "oklch": _polar("oklab"),
    "hsl": Space("srgb", _from_hsl, _to_hsl),
    "hwb": Space("srgb", _from_hwb, _to_hwb),
}
"""CSS's colour spaces beside xyz-d65, and the linear light of some that CSS doesn't name. Primaries, whites and
transfer functions: https://www.w3.org/TR/css-color-4/#predefined"""
