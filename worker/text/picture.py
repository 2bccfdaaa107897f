"""Pixels between Skia and FFmpeg: cropped to what is seen, with straight alpha."""

from dataclasses import dataclass

import skia

Crop = tuple[int, int, int, int]
"""Left, top, right, bottom."""

_OPAQUE_WHERE_SEEN = skia.TableColorFilter.MakeARGB([0] + [255] * 255, None, None, None)

_CLOSE_UP, _AVERAGED = skia.SamplingOptions(skia.FilterMode.kNearest), skia.SamplingOptions(skia.FilterMode.kLinear)


@dataclass(frozen=True)
class Picture:
    """Rows of pixels, four bytes each: RGBA with straight alpha. Sides in pixels."""

    width: int
    height: int
    data: bytes


def visible(surface: skia.Surface) -> Crop | None:
    """The part that isn't transparent; None where everything is.

    All four edges are even, so that each 2 x 2 block of the video, which shares one colour, is wholly in or out.
    """
    width, height = surface.width(), surface.height()
    alphas = _read(surface, skia.ImageInfo.MakeA8(width, height), width)
    rows = [alphas[start : start + width] for start in range(0, len(alphas), width)]
    inked = [number for number, row in enumerate(rows) if any(row)]
    if not inked:
        return None
    left = min(width - len(rows[number].lstrip(b"\0")) for number in inked)
    right = max(len(rows[number].rstrip(b"\0")) for number in inked)
    return left & ~1, inked[0] & ~1, right + 1 & ~1, inked[-1] + 2 & ~1


def straight(surface: skia.Surface) -> Picture:
    """All of a surface, as it is."""
    width, height = surface.width(), surface.height()
    info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return Picture(width, height, bytes(_read(surface, info, 4 * width)))


def finished(surface: skia.Surface, crop: Crop | None = None) -> Picture:
    """A surface, or a part of it, for FFmpeg to lay over a video. Sides are even.

    Transparent pixels get the colour of their 2 x 2 block: the video averages colour over the block whatever the alpha,
    and black there would darken the edges of coloured text.
    """
    left, top, right, bottom = crop or (0, 0, surface.width(), surface.height())
    width, height = right - left, bottom - top
    image = surface.makeImageSnapshot()
    whole, half = skia.Rect.MakeWH(width, height), skia.Rect.MakeWH(width // 2, height // 2)

    # 16 bits: the colour of what is hardly seen would get lost in 8.
    blocks = skia.Surface.MakeRaster(skia.ImageInfo.Make(width // 2, height // 2, skia.kRGBA_F16_ColorType, _PREMUL))
    part = skia.Rect.MakeLTRB(left, top, right, bottom)
    blocks.getCanvas().drawImageRect(image, part, half, _AVERAGED)

    colors = skia.Surface.MakeRaster(skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, _PREMUL))
    paint = skia.Paint(ColorFilter=_OPAQUE_WHERE_SEEN)
    colors.getCanvas().drawImageRect(blocks.makeImageSnapshot(), half, whole, _CLOSE_UP, paint)
    colors.getCanvas().drawImage(image, -left, -top, _CLOSE_UP, paint)
    data = bytearray(straight(colors).data)
    data[3::4] = _read(surface, skia.ImageInfo.MakeA8(width, height), width, left, top)
    return Picture(width, height, bytes(data))


def faded(picture: Picture, alpha: float) -> Picture:
    """The picture with its alpha times `alpha`, 0 to 1."""
    if alpha == 1:
        return picture
    paler = bytearray(picture.data)
    paler[3::4] = paler[3::4].translate(bytes(round(level * alpha) for level in range(256)))
    return Picture(picture.width, picture.height, bytes(paler))


def transparent(width: int, height: int) -> Picture:
    """A picture of nothing."""
    return Picture(width, height, bytes(4 * width * height))


def to_png(picture: Picture) -> bytes:
    """Encode losslessly; the colours of transparent pixels survive."""
    size = picture.width, picture.height
    image = skia.Image.frombytes(picture.data, size, skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return bytes(image.encodeToData(skia.kPNG, 100))


_PREMUL = skia.kPremul_AlphaType


def _read(surface: skia.Surface, info: skia.ImageInfo, row_bytes: int, left: int = 0, top: int = 0) -> bytearray:
    """Pixels of a surface from (left, top) on, as many and in the form that `info` says."""
    data = bytearray(row_bytes * info.height())
    surface.readPixels(info, data, row_bytes, left, top)
    return data
