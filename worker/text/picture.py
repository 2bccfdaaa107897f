"""Pixels between Skia and FFmpeg: cropped to what is seen, straight alpha, PNG."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import skia

Pixels = npt.NDArray[np.uint8]
"""Rows, columns, RGBA with straight alpha."""


def pixels(surface: skia.Surface) -> Pixels:
    """A surface's picture with straight alpha."""
    array: Pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return array


def cropped(surfaces: Sequence[skia.Surface], left: int, top: int) -> tuple[int, int, list[Pixels]] | None:
    """The part of surfaces of one size that isn't transparent in all of them, and where it lies; the surfaces' own
    corner is at `left`, `top`.

    All four edges are even, so that each 2 x 2 block of the video, which shares one colour, is wholly in or out. None
    where everything is transparent.
    """
    pictures = [pixels(surface) for surface in surfaces]
    alpha = pictures[0][..., 3]
    for picture in pictures[1:]:
        alpha = np.maximum(alpha, picture[..., 3])
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return None
    y, x = int(rows[0]) & ~1, int(columns[0]) & ~1
    bottom, right = int(rows[-1]) + 2 & ~1, int(columns[-1]) + 2 & ~1
    return (
        left + x,
        top + y,
        [_bled(_padded(picture[y:bottom, x:right], bottom - y, right - x)) for picture in pictures],
    )


def _padded(part: Pixels, height: int, width: int) -> Pixels:
    return np.pad(part, ((0, height - part.shape[0]), (0, width - part.shape[1]), (0, 0)))


def _bled(picture: Pixels) -> Pixels:
    """Give transparent pixels the colour of their 2 x 2 block: the video averages colour over the block whatever the
    alpha, and black there would darken the edges of coloured text."""
    height, width = picture.shape[:2]
    blocks = picture.astype(np.float32).reshape(height // 2, 2, width // 2, 2, 4)
    weight = blocks[..., 3:]
    color = (blocks[..., :3] * weight).sum(axis=(1, 3)) / np.maximum(weight.sum(axis=(1, 3)), 1)
    spread = np.repeat(np.repeat(np.rint(color).astype(np.uint8), 2, axis=0), 2, axis=1)
    bled = picture.copy()
    clear = picture[..., 3] == 0
    bled[clear, :3] = spread[clear]
    return bled


def transparent(width: int, height: int) -> Pixels:
    """A picture of nothing."""
    return np.zeros((height, width, 4), np.uint8)


def to_png(picture: Pixels) -> bytes:
    """Encode losslessly; the colours of transparent pixels survive."""
    image = skia.Image.fromarray(np.ascontiguousarray(picture), skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return bytes(image.encodeToData(skia.kPNG, 100))
