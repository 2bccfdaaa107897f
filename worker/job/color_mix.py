"""Colours with missing channels, and their mixture: CSS Color 4, section 12. https://www.w3.org/TR/css-color-4/#interpolation"""

from typing import NamedTuple

from worker.job.color_spaces import Triple, convert

Channels = tuple[float | None, float | None, float | None]
"""Three channels; None is CSS's `none`."""

HUE = {"hsl": 0, "hwb": 0, "lch": 2, "oklch": 2}
"""Place of the hue in the spaces that have one."""

_ROLES = {
    "hsl": "HCL",
    "hwb": "Hwb",
    "lab": "Lab",
    "oklab": "Lab",
    "lch": "LCH",
    "oklch": "LCH",
}
"""What the channels of a space are; those of the others are red, green and blue, or x, y and z, which are alike."""

_POWERLESS = {"hsl": 1e-3, "lch": 0.02, "oklch": 0.02}
"""Saturation or chroma up to which a colour counts as a gray, whose hue means nothing: measured on Chromium 156."""

HUES = ("shorter", "longer", "increasing", "decreasing")
"""Ways between two hues."""


class Shade(NamedTuple):
    """A colour in a space of `color_spaces.py`; None is a channel, or an alpha, that is missing."""

    space: str
    channels: Channels
    alpha: float | None

    @property
    def plain(self) -> tuple[Triple, str]:
        """Channels, with 0 for a missing one, and space."""
        a, b, c = (value or 0.0 for value in self.channels)
        return (a, b, c), self.space


def converted(shade: Shade, space: str) -> Shade:
    """The colour in another space. A missing channel remains missing where the other space has one like it, and the
    hue of a gray is missing; of a colour that lacks every channel, all are."""
    if shade.space == space:
        return shade
    missing = {role for role, value in zip(_roles(shade.space), shade.channels, strict=True) if value is None}
    values = convert(*shade.plain, space)
    if _is_gray(values, space):
        missing.add("H")
    if shade.channels == (None, None, None):
        missing.update(_roles(space))
    a, b, c = (None if role in missing else value for role, value in zip(_roles(space), values, strict=True))
    return Shade(space, (a, b, c), shade.alpha)


def mix(first: Shade, second: Shade, share: float, hue: str) -> Shade:
    """Two colours of one space, mixed: `share` of the second. `hue` is one of `HUES`."""
    alphas = _both(first.alpha, second.alpha)
    alpha = _between(*alphas, share)
    channels: list[float | None] = []
    for index, (one, two) in enumerate(zip(first.channels, second.channels, strict=True)):
        if one is None and two is None:
            channels.append(None)
            continue
        a, b = _both(one, two)
        if HUE.get(first.space) == index:
            channels.append(_between(a, a + _turn(b - a, hue), share) % 360)
        else:
            weighted = _between(a * alphas[0], b * alphas[1], share)
            channels.append(weighted / alpha if alpha else _between(a, b, share))
    is_missing = first.alpha is None and second.alpha is None
    return Shade(first.space, (channels[0], channels[1], channels[2]), None if is_missing else alpha)


def _roles(space: str) -> str:
    return _ROLES.get(space, "xyz")


def _is_gray(values: Triple, space: str) -> bool:
    if space == "hwb":
        return values[1] + values[2] >= 100 - 1e-3
    return space in _POWERLESS and values[1] <= _POWERLESS[space]


def _both(one: float | None, two: float | None) -> tuple[float, float]:
    """Two values, of which a missing one is the other, and 1 if both are missing."""
    if one is None:
        return (1.0, 1.0) if two is None else (two, two)
    return (one, one) if two is None else (one, two)


def _between(one: float, two: float, share: float) -> float:
    return one + (two - one) * share


def _turn(degrees: float, hue: str) -> float:
    """The turn from one hue to another, given their difference."""
    positive = degrees % 360
    match hue:
        case "shorter":
            return positive - 360 if positive > 180 else positive
        case "longer":
            return positive - 360 if 0 < positive < 180 else positive or 360.0
        case "increasing":
            return positive
        case "decreasing":
            return positive - 360 if positive else 0.0
    return positive
