"""The decoder of stills: reads one picture, in the sandbox, and writes it as plain as can be.

Started by worker/video/stills.py, in the protocol of worker/sandbox/child.py. What it writes is a BMP that is upright,
in sRGB, and over black, which is what is behind a clip: FFmpeg, which knows little of profiles, orientations and alpha,
and takes a second picture in the file for the next frame, has nothing to interpret any more. Skia is also what Chromium
decodes and converts with. A picture much larger than needed becomes smaller while it is decoded.
"""

import struct
from pathlib import Path

import skia

from worker.sandbox.child import RefusedError, Values, serve
from worker.stills import color_tags
from worker.stills.color_tags import Tags

_GRID = 16
"""Side of the grid of points at which colors are sampled, as the probe does for videos."""

_SPARE = 1.25
"""How many times larger than needed a picture is decoded at least, so that FFmpeg's scaler decides how sharp it is."""

_BMP = struct.Struct("<2sIHHIIiiHHIIiiII")
"""File header and BITMAPINFOHEADER: https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader"""

_GAMUTS = {1: "kSRGB", 9: "kRec2020", 12: "kDisplayP3"}
"""Skia's names of ITU-T H.273's colour primaries."""

_GAMMAS = {1: 2.4, 4: 2.2, 5: 2.8, 6: 2.4, 8: 1.0, 14: 2.4, 15: 2.4}
"""Exponents of H.273's transfer characteristics, BT.709's (1) as BT.1886 shows it and Chromium too; 13 is sRGB's."""

_SRGB = skia.ColorSpace.MakeSRGB()


def main() -> None:
    """Answer the requests on standard input."""
    serve(_decode)


def _decode(file: Values, limits: Values) -> Values:
    """Write the picture `source` as `target`, for a box of `width` x `height` pixels that it fills. `converted`, if
    given, is the same picture as a PNG."""
    data, tags = _read(file)
    codec = _codec(tags.png if tags else data)
    width, height = codec.dimensions().width(), codec.dimensions().height()
    if width * height > limits["pixels"]:
        most = f"{limits['pixels'] // 1_000_000} megapixels are the most"
        raise RefusedError(f"its picture has {width} x {height} pixels, and {most}", "LIMIT_EXCEEDED")
    orientation = tags.orientation if tags else codec.getOrigin().value
    is_across = orientation > 4
    needed = max(file["width"] / (height if is_across else width), file["height"] / (width if is_across else height))
    scaled = codec.getScaledDimensions(min(needed * _SPARE, 1.0))
    info = skia.ImageInfo.MakeN32(scaled.width(), scaled.height(), skia.kPremul_AlphaType, _SRGB)
    info = info.makeColorType(skia.kBGRA_8888_ColorType)
    pixels = bytearray(info.computeMinByteSize())
    result = codec.getPixels(info, pixels, info.minRowBytes())
    is_whole = result == skia.Codec.kSuccess and not color_tags.is_cut_off(data)
    if not is_whole and result not in {skia.Codec.kSuccess, skia.Codec.kIncompleteInput, skia.Codec.kErrorInInput}:
        raise RefusedError("its picture is broken")
    if tags and tags.codes:
        _to_srgb(info, pixels, tags.codes)
    info, pixels = _upright(info, pixels, orientation)
    _write_bmp(info, pixels, Path(file["target"]))
    return {
        "width": height if is_across else width,
        "height": width if is_across else height,
        "is_whole": is_whole,
        "colors": _colors(info, pixels),
    }


def _read(file: Values) -> tuple[bytes, Tags | None]:
    data = Path(file["source"]).read_bytes()
    if file["converted"]:
        png = Path(file["converted"]).read_bytes()
        is_heif = data[4:8] == b"ftyp"
        return data, color_tags.read_heif(data, png) if is_heif else color_tags.read_png(png)
    return data, color_tags.read_png(data) if data.startswith(color_tags.PNG) else None


def _codec(data: bytes) -> skia.Codec:
    try:
        return skia.Codec.MakeFromData(data)
    except RuntimeError as error:
        raise RefusedError("its picture is broken") from error


def _to_srgb(info: skia.ImageInfo, pixels: bytearray, codes: tuple[int, int]) -> None:
    """Convert pixels whose colours are given by H.273's codes; unknown codes count as sRGB."""
    primaries, transfer = codes
    if primaries not in _GAMUTS or transfer not in {*_GAMMAS, 13}:
        return
    curve = skia.cms.NamedTransferFn.kSRGB
    if transfer in _GAMMAS:
        curve = skia.cms.TransferFunction([_GAMMAS[transfer], 1, 0, 0, 0, 0, 0])
    space = skia.ColorSpace.MakeRGB(curve, getattr(skia.cms.NamedGamut, _GAMUTS[primaries]))
    coded = bytes(pixels)  # a pixmap keeps no reference to its pixels
    skia.Pixmap(info.makeColorSpace(space), coded, info.minRowBytes()).readPixels(info, pixels, info.minRowBytes())


def _upright(info: skia.ImageInfo, pixels: bytearray, orientation: int) -> tuple[skia.ImageInfo, bytearray]:
    """The picture turned as Exif's orientation says."""
    if orientation == 1:
        return info, pixels
    width, height = info.width(), info.height()
    size = (height, width) if orientation > 4 else (width, height)
    turned = info.makeDimensions(skia.ISize(*size))
    target = bytearray(turned.computeMinByteSize())
    canvas = skia.Surface.MakeRasterDirect(turned, target, turned.minRowBytes()).getCanvas()
    canvas.concat(skia.EncodedOriginToMatrix(skia.EncodedOrigin(orientation), *size))
    canvas.drawImage(skia.Image.MakeRasterData(info, pixels, info.minRowBytes()), 0, 0)
    return turned, target


def _write_bmp(info: skia.ImageInfo, pixels: bytearray, target: Path) -> None:
    head = _BMP.pack(b"BM", _BMP.size + len(pixels), 0, 0, _BMP.size, 40, info.width(), -info.height(), 1, 32, 0,
                     len(pixels), 0, 0, 0, 0)  # fmt: skip
    with target.open("wb") as file:
        file.write(head)
        file.write(pixels)


def _colors(info: skia.ImageInfo, pixels: bytearray) -> str:
    """Colors at the points of a grid, R, G, B in hexadecimal."""
    rows = [(2 * row + 1) * info.height() // (2 * _GRID) for row in range(_GRID)]
    columns = [(2 * column + 1) * info.width() // (2 * _GRID) for column in range(_GRID)]
    starts = [row * info.minRowBytes() + 4 * column for row in rows for column in columns]
    return b"".join(bytes(pixels[start : start + 3])[::-1] for start in starts).hex()
