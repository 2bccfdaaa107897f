"""Adjustments with the meaning that CSS filters have, as FFmpeg filters.

The editor's preview applies `brightness() contrast() saturate() hue-rotate()`, in that order, to gamma-coded sRGB. In
BT.709's Y'CbCr, which the frames already have, the same is (except rounding, and clipping in between):

    brightness b    Y, Cb, Cr times b
    contrast c      Y times c about the middle; Cb, Cr times c
    saturate s      Cb, Cr times s: its luma weights are BT.709's
    hue-rotate h    a rotation of (B-Y, R-Y), that is of Cb and Cr once they have one scale

so that tables on planes do what a conversion to RGB and back would do at ten times the cost. If much is clipped in
between (a strong brightness, then a strong contrast), the results differ, and the conversion is used
(`is_accurate_on_planes`).
Formulas: https://www.w3.org/TR/filter-effects-1/#ShorthandEquivalents
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from worker.job import Adjustments

_CR_TO_CB_SCALE = 1.5748 / 1.8556
"""Factor from Cr's scale to Cb's: Cr is (R-Y) / 1.5748, Cb is (B-Y) / 1.8556 (BT.709)."""

_TOLERANCE = 1.1
"""Accepted mean error of tables on planes over a picture's colors, in levels of 255. On real frames it comes to less
than 1: of 120 pairs of a frame and adjustments none was judged too leniently, and six of a hundred too strictly
(tests/golden/test_filters.py has such pairs)."""

Color = tuple[float, float, float]
"""R, G, B from 0 to 1."""

Matrix = tuple[Color, Color, Color]
"""Linear map of R, G, B: a row for each result."""

_LUMA: Color = (0.213, 0.715, 0.072)
_SINE: Matrix = ((-0.213, -0.715, 0.928), (0.143, 0.140, -0.283), (-0.787, 0.715, 0.072))


def filters(adjustments: Adjustments, colors: str = "") -> list[str]:
    """FFmpeg filters for limited-range BT.709 frames; none if nothing changes. `colors` are a sample of the picture's
    colors as in `Probe.colors`; default: typical footage."""
    if adjustments.is_neutral:
        return []
    return _on_planes(adjustments) if is_accurate_on_planes(adjustments, colors) else _in_rgb(adjustments)


def is_switchable(name: str) -> bool:
    """Whether one of `filters` may be enabled for some frames only; a conversion must work on all."""
    return not name.startswith(("scale=", "format="))


@lru_cache(maxsize=256)
def is_accurate_on_planes(adjustments: Adjustments, sample: str = "") -> bool:
    """Whether tables on planes match CSS on a sample of colors; default: typical footage."""
    colors = _sampled(sample) if sample else _footage()
    pairs = zip(css(colors, adjustments), _on_planes_estimate(colors, adjustments), strict=True)
    error = sum(abs(expected - actual) for both in pairs for expected, actual in zip(*both, strict=True))
    return error / (3 * len(colors)) * 255 <= _TOLERANCE


def css(colors: Sequence[Color], adjustments: Adjustments) -> Iterator[Color]:
    """The colors after CSS filters, by the definition of the filters."""
    brightness, contrast, saturation = _factors(adjustments)
    saturate, rotate = _saturate(saturation), _hue_rotate(adjustments.hue)
    for color in colors:
        r, g, b = (_clip((_clip(value * brightness) - 0.5) * contrast + 0.5) for value in color)
        yield _apply(rotate, _apply(saturate, (r, g, b)))


def _apply(matrix: Matrix, color: Color) -> Color:
    r, g, b = color
    red, green, blue = (_clip(x * r + y * g + z * b) for x, y, z in matrix)
    return red, green, blue


def _clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    return min(max(value, low), high)


def _on_planes(adjustments: Adjustments) -> list[str]:
    brightness, contrast, saturation = _factors(adjustments)
    chroma = brightness * contrast * saturation
    if not adjustments.hue:
        return [_planes(_luma(brightness, contrast), _scaled(chroma), _scaled(chroma))]
    to_one_scale, back = _scaled(chroma * _CR_TO_CB_SCALE), _scaled(1 / _CR_TO_CB_SCALE)
    return [
        _planes(_luma(brightness, contrast), _scaled(chroma), to_one_scale),
        f"hue=h={adjustments.hue:.6g}",
        _planes("val", "val", back),
    ]


def _in_rgb(adjustments: Adjustments) -> list[str]:
    """The definition step by step, each clamped; takes two to five CPU seconds for 240 frames of 1080x1920."""
    brightness, contrast, saturation = _factors(adjustments)
    levels = f"clip((min(val*{brightness:.6g},255)-127.5)*{contrast:.6g}+127.5+0.5,0,255)"
    mixers = [_mixer(matrix) for matrix in (_saturate(saturation), _hue_rotate(adjustments.hue))]
    return [
        "scale=in_color_matrix=bt709:in_range=tv:out_range=pc",
        "format=gbrp",
        f"lutrgb=r='{levels}':g='{levels}':b='{levels}'",
        *(mixer for mixer, is_needed in zip(mixers, (saturation != 1, adjustments.hue != 0), strict=True) if is_needed),
        "scale=in_range=pc:out_color_matrix=bt709:out_range=tv",
        "format=yuv420p",
    ]


def _mixer(matrix: Matrix) -> str:
    names = (f"{to}{of}={matrix[row][column]:.6f}" for row, to in enumerate("rgb") for column, of in enumerate("rgb"))
    return f"colorchannelmixer={':'.join(names)}"


def _factors(adjustments: Adjustments) -> tuple[float, float, float]:
    return 1 + adjustments.brightness / 100, 1 + adjustments.contrast / 100, 1 + adjustments.saturation / 100


def _saturate(saturation: float) -> Matrix:
    return _toward_luma(saturation, 0)


def _hue_rotate(hue: float) -> Matrix:
    return _toward_luma(math.cos(math.radians(hue)), math.sin(math.radians(hue)))


def _toward_luma(share: float, sine: float) -> Matrix:
    """Luma, plus a share of the color's difference from it, plus a share of that difference rotated by 90 degrees."""

    def row(own: int) -> Color:
        r, g, b = (luma + share * ((own == of) - luma) + sine * _SINE[own][of] for of, luma in enumerate(_LUMA))
        return r, g, b

    return row(0), row(1), row(2)


def _sampled(sample: str) -> tuple[Color, ...]:
    data = bytes.fromhex(sample)
    return tuple((data[i] / 255, data[i + 1] / 255, data[i + 2] / 255) for i in range(0, len(data), 3))


@cache
def _footage() -> tuple[Color, ...]:
    """Colors of typical footage: every lightness, and mostly mild hues."""
    lightness = [0.04 + 0.82 * step / 15 for step in range(16)]
    differences = [-0.12 + 0.24 * step / 6 for step in range(7)]
    return tuple(
        (_clip(y + v), _clip(y - (0.2126 * v + 0.0722 * u) / 0.7152), _clip(y + u))
        for y in lightness
        for u in differences
        for v in differences
    )


def _on_planes_estimate(colors: Sequence[Color], adjustments: Adjustments) -> Iterator[Color]:
    """The colors after tables on planes, without rounding."""
    brightness, contrast, saturation = _factors(adjustments)
    chroma = brightness * contrast * saturation
    cosine, sine = math.cos(math.radians(adjustments.hue)), math.sin(math.radians(adjustments.hue))
    for r, g, b in colors:
        y = 0.2126 * r + 0.7152 * g + 0.0722 * b
        u, v = (b - y) * chroma, (r - y) * chroma
        y = _clip((_clip(y * brightness) - 0.5) * contrast + 0.5)
        u, v = _clip(u * cosine - v * sine, -0.9278, 0.9278), _clip(v * cosine + u * sine, -0.7874, 0.7874)
        yield _clip(y + v), _clip(y - (0.2126 * v + 0.0722 * u) / 0.7152), _clip(y + u)


def _planes(y: str, u: str, v: str) -> str:
    return f"lutyuv=y='{y}':u='{u}':v='{v}'"


def _luma(brightness: float, contrast: float) -> str:
    """Expression for the luma plane; `val` is 16 (black) to 235 (white)."""
    if brightness == contrast == 1:
        return "val"
    brightened = f"clip((val-16)*{brightness:.6g},0,219)"
    return f"clip(round(({brightened}-109.5)*{contrast:.6g}+109.5)+16,16,235)"


def _scaled(factor: float) -> str:
    """Expression for a chroma plane multiplied about its middle, 128."""
    return "val" if factor == 1 else f"clip(round((val-128)*{factor:.6g})+128,16,240)"
