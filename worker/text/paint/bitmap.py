"""Bitmaps between Skia and FFmpeg: cropped to their visible part, with straight (unpremultiplied) alpha."""

from dataclasses import dataclass

import skia

Crop = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels."""

_OPAQUE_WHERE_VISIBLE = skia.TableColorFilter.MakeARGB([0] + [255] * 255, None, None, None)

_NEAREST, _LINEAR = skia.SamplingOptions(skia.FilterMode.kNearest), skia.SamplingOptions(skia.FilterMode.kLinear)

_PREMUL = skia.kPremul_AlphaType


@dataclass(frozen=True)
class Bitmap:
    """Rows of pixels, four bytes each: RGBA with straight alpha. Sides are in pixels."""

    width: int
    height: int
    data: bytes


def new_surface(width: int, height: int) -> skia.Surface:
    """A transparent surface to draw on, which has a browser's edges of text. Raises `MemoryError`."""
    return _existing(skia.Surface.MakeRasterN32Premul(width, height))


def visible_crop(surface: skia.Surface) -> Crop | None:
    """The part that isn't transparent; None where everything is.

    All four edges are even, so that each 2 x 2 block of the video, which shares one color, is wholly in or out.
    """
    width, height = surface.width(), surface.height()
    alphas = _read(surface, skia.ImageInfo.MakeA8(width, height), width)
    rows = [alphas[start : start + width] for start in range(0, len(alphas), width)]
    visible = [number for number, row in enumerate(rows) if any(row)]
    if not visible:
        return None
    left = min(width - len(rows[number].lstrip(b"\0")) for number in visible)
    right = max(len(rows[number].rstrip(b"\0")) for number in visible)
    return left & ~1, visible[0] & ~1, right + 1 & ~1, visible[-1] + 2 & ~1


def inked_columns(surface: skia.Surface) -> list[bool]:
    """For each column of pixels whether one of them is at least half opaque."""
    width, height = surface.width(), surface.height()
    alphas = _read(surface, skia.ImageInfo.MakeA8(width, height), width)
    return [max(alphas[column::width]) >= 128 for column in range(width)]


def unpremultiplied(surface: skia.Surface) -> Bitmap:
    """All of a surface, with straight alpha."""
    width, height = surface.width(), surface.height()
    info = skia.ImageInfo.Make(width, height, skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return Bitmap(width, height, bytes(_read(surface, info, 4 * width)))


def alpha_bled(surface: skia.Surface, crop: Crop | None = None) -> Bitmap:
    """A surface, or its `crop`, for FFmpeg to lay over a video. Sides are even.

    Transparent pixels get the color of their 2 x 2 block: the video averages color over the block whatever the alpha,
    and black there would darken the edges of colored text.
    """
    left, top, right, bottom = crop or (0, 0, surface.width(), surface.height())
    width, height = right - left, bottom - top
    image = surface.makeImageSnapshot()
    whole, half = skia.Rect.MakeWH(width, height), skia.Rect.MakeWH(width // 2, height // 2)

    # 16 bits: the color of what is hardly visible would get lost in 8.
    blocks = _new_buffer(width // 2, height // 2, skia.kRGBA_F16_ColorType)
    part = skia.Rect.MakeLTRB(left, top, right, bottom)
    blocks.getCanvas().drawImageRect(image, part, half, _LINEAR)

    colors = _new_buffer(width, height, skia.kRGBA_8888_ColorType)
    paint = skia.Paint(ColorFilter=_OPAQUE_WHERE_VISIBLE)
    colors.getCanvas().drawImageRect(blocks.makeImageSnapshot(), half, whole, _NEAREST, paint)
    colors.getCanvas().drawImage(image, -left, -top, _NEAREST, paint)
    data = bytearray(unpremultiplied(colors).data)
    data[3::4] = _read(surface, skia.ImageInfo.MakeA8(width, height), width, left, top)
    return Bitmap(width, height, bytes(data))


def faded(bitmap: Bitmap, alpha: float) -> Bitmap:
    """The bitmap with its alpha times `alpha`, 0 to 1."""
    if alpha == 1:
        return bitmap
    data = bytearray(bitmap.data)
    data[3::4] = data[3::4].translate(bytes(round(level * alpha) for level in range(256)))
    return Bitmap(bitmap.width, bitmap.height, bytes(data))


def transparent(width: int, height: int) -> Bitmap:
    """A wholly transparent bitmap."""
    return Bitmap(width, height, bytes(4 * width * height))


def to_png(bitmap: Bitmap) -> bytes:
    """Encode losslessly; the colors of transparent pixels survive."""
    size = bitmap.width, bitmap.height
    image = skia.Image.frombytes(bitmap.data, size, skia.kRGBA_8888_ColorType, skia.kUnpremul_AlphaType)
    return bytes(image.encodeToData(skia.kPNG, 100))


def _new_buffer(width: int, height: int, colors: skia.ColorType) -> skia.Surface:
    """A surface of other colors to copy pixels to: its edges of text would differ."""
    return _existing(skia.Surface.MakeRaster(skia.ImageInfo.Make(width, height, colors, _PREMUL)))


def _existing(surface: skia.Surface | None) -> skia.Surface:
    if surface is None:
        raise MemoryError("no surface")
    return surface


def _read(surface: skia.Surface, info: skia.ImageInfo, row_bytes: int, left: int = 0, top: int = 0) -> bytearray:
    """Pixels of a surface from (left, top), with the size and format of `info`."""
    data = bytearray(row_bytes * info.height())
    surface.readPixels(info, data, row_bytes, left, top)
    return data
