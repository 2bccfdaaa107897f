"""Adjustments with the meaning that CSS filters have, as FFmpeg filters.

The editor's preview applies `brightness() contrast() saturate() hue-rotate()`, in that order, to gamma-coded sRGB. In
BT.709's Y'CbCr, in which the frames are anyway, the same is (to rounding, and but for clipping in between):

    brightness b    Y, Cb, Cr times b
    contrast c      Y times c about the middle; Cb, Cr times c
    saturate s      Cb, Cr times s: its luma weights are BT.709's
    hue-rotate h    a turn of (B-Y, R-Y), that is of Cb and Cr once they are in one scale

so that tables on planes do what a conversion to RGB and back would do at ten times the price.
Formulas: https://www.w3.org/TR/filter-effects-1/#ShorthandEquivalents
"""

from worker.job import Adjustments

_CR_TO_CB_SCALE = 1.5748 / 1.8556
"""Cr is (R-Y) / 1.5748, Cb is (B-Y) / 1.8556 (BT.709): what brings Cr into Cb's scale."""


def filters(adjustments: Adjustments) -> list[str]:
    """FFmpeg filters for limited-range BT.709 frames; none where nothing changes."""
    if adjustments.is_neutral:
        return []
    brightness = 1 + adjustments.brightness / 100
    contrast = 1 + adjustments.contrast / 100
    saturation = 1 + adjustments.saturation / 100
    chroma = brightness * contrast * saturation
    if not adjustments.hue:
        return [_planes(_luma(brightness, contrast), _scaled(chroma), _scaled(chroma))]
    to_one_scale, back = _scaled(chroma * _CR_TO_CB_SCALE), _scaled(1 / _CR_TO_CB_SCALE)
    return [
        _planes(_luma(brightness, contrast), _scaled(chroma), to_one_scale),
        f"hue=h={adjustments.hue:.6g}",
        _planes("val", "val", back),
    ]


def _planes(y: str, u: str, v: str) -> str:
    return f"lutyuv=y='{y}':u='{u}':v='{v}'"


def _luma(brightness: float, contrast: float) -> str:
    """`val` is 16 (black) to 235 (white)."""
    if brightness == contrast == 1:
        return "val"
    brightened = f"clip((val-16)*{brightness:.6g},0,219)"
    return f"clip(round(({brightened}-109.5)*{contrast:.6g}+109.5)+16,16,235)"


def _scaled(factor: float) -> str:
    """A colour plane, whose middle is 128, stretched or squeezed."""
    return "val" if factor == 1 else f"clip(round((val-128)*{factor:.6g})+128,16,240)"
