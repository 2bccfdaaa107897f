"""Text gamma: corrects the anti-aliased edges of text to those of a browser.

Skia makes the edges of text lighter or darker by a table that depends on the text's luminance. The tables are fixed
when Skia is built: skia-python assumes an sRGB display and contrast 0.5, Chromium an exponent of 1.2 and contrast 0.2
(`SK_GAMMA_EXPONENT`, `SK_GAMMA_CONTRAST`). Painting in white, whose table is known, and mapping the alpha from one
table to the other gives Chromium's edges. The arithmetic is that of Skia's src/core/SkMaskGamma.cpp.
"""

import math
from collections.abc import Callable
from functools import cache

from worker.job import Color

_EXPONENT, _CONTRAST = 1.2, 0.2
_LEVELS = 7
"""Highest luminance level: Skia keeps three bits of a text's luminance."""


def alpha_table(color: Color) -> bytes:
    """256 alphas that map text painted in white by skia-python to the edges that Chromium paints in `color`."""
    return _alpha_table(_luminance_level(color))


@cache
def _alpha_table(level: int) -> bytes:
    wanted = _preblend(level / _LEVELS, _CONTRAST, lambda c: c**_EXPONENT, lambda c: c ** (1 / _EXPONENT))
    painted = _preblend(1.0, 0.0, _srgb_to_linear, _linear_to_srgb)
    inverse = [0.0] * 256
    coverage = 0
    for alpha in range(256):
        while coverage < 255 and painted(coverage / 255) * 255 < alpha:
            coverage += 1
        low, high = painted(max(coverage - 1, 0) / 255) * 255, painted(coverage / 255) * 255
        part = (alpha - low) / (high - low) if high > low else 1.0
        inverse[alpha] = min(max(coverage - 1 + part, 0.0) / 255, 1.0)
    return bytes(min(max(round(wanted(value) * 255), 0), 255) for value in inverse)


def _luminance_level(color: Color) -> int:
    linear = [(channel / 255) ** _EXPONENT for channel in color[:3]]
    luminance = math.fsum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
    return int(math.pow(luminance, 1 / _EXPONENT) * 255 + 0.5) >> 5


def _preblend(
    luminance: float, contrast: float, to_linear: Callable[[float], float], from_linear: Callable[[float], float]
) -> Callable[[float], float]:
    """Skia's function from a pixel's coverage to its alpha, both 0..1."""
    source, behind = luminance, 1.0 - luminance  # Skia guesses that the background is the text's opposite
    linear_source, linear_behind = to_linear(source), to_linear(behind)
    contrast *= linear_behind

    def alpha(coverage: float) -> float:
        coverage += (1.0 - coverage) * contrast * coverage
        if abs(behind - source) < 1 / 256:
            return coverage
        blended = from_linear(linear_source * coverage + linear_behind * (1.0 - coverage))
        return (blended - behind) / (source - behind)

    return alpha


def _srgb_to_linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _linear_to_srgb(value: float) -> float:
    return value * 12.92 if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
