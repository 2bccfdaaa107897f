"""Pixels between Skia and FFmpeg: cropped to what is seen, with straight alpha."""

import numpy as np
import numpy.typing as npt
import skia

Pixels = npt.NDArray[np.uint8]
"""Rows, columns, RGBA with straight alpha."""

Crop = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def pixels(surface: skia.Surface) -> Pixels:
    """A surface's picture with straight alpha."""
    array: Pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return array


def visible(picture: Pixels) -> Crop | None:
    """The part that isn't transparent; None where everything is.

    All four edges are even, so that each 2 x 2 block of the video, which shares one colour, is wholly in or out.
    """
    alpha = picture[..., 3]
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return None
    return int(columns[0]) & ~1, int(rows[0]) & ~1, int(columns[-1]) + 2 & ~1, int(rows[-1]) + 2 & ~1


def cut(picture: Pixels, crop: Crop) -> Pixels:
    """That part of a picture, with transparent pixels where it goes beyond."""
    left, top, right, bottom = crop
    part = picture[top:bottom, left:right]
    return np.pad(part, ((0, bottom - top - part.shape[0]), (0, right - left - part.shape[1]), (0, 0)))


def faded(picture: Pixels, alpha: float) -> Pixels:
    """The picture with its alpha times `alpha`, 0 to 1."""
    if alpha == 1:
        return picture
    paler = picture.copy()
    paler[..., 3] = np.rint(np.arange(256) * alpha).astype(np.uint8)[picture[..., 3]]
    return paler


def bled(picture: Pixels) -> Pixels:
    """Give transparent pixels the colour of their 2 x 2 block: the video averages colour over the block whatever the
    alpha, and black there would darken the edges of coloured text. Sides are even."""
    corners = [picture[row::2, column::2].astype(np.uint32) for row in (0, 1) for column in (0, 1)]
    weight = sum(corner[..., 3] for corner in corners)
    half = weight // 2
    bled = picture.copy()
    for channel in range(3):
        color = sum(corner[..., channel] * corner[..., 3] for corner in corners)
        mixed = ((color + half) // np.maximum(weight, 1)).astype(np.uint8)
        for row in (0, 1):
            for column in (0, 1):
                clear = picture[row::2, column::2, 3] == 0
                np.copyto(bled[row::2, column::2, channel], mixed, where=clear)
    return bled


def transparent(width: int, height: int) -> Pixels:
    """A picture of nothing."""
    return np.zeros((height, width, 4), np.uint8)


def to_png(picture: Pixels) -> bytes:
    """Encode losslessly; the colours of transparent pixels survive."""
    image = skia.Image.fromarray(np.ascontiguousarray(picture), skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return bytes(image.encodeToData(skia.kPNG, 100))
