"""What a picture's file says of its colours and its orientation, where Skia doesn't read it as Chromium does.

PNG (third edition, https://www.w3.org/TR/png-3/) has four ways to say what its colours mean, and Exif for the
orientation; HEIF (ISO/IEC 23008-12) says both in boxes, which FFmpeg hands on, except the colours of a picture in
tiles. Bytes in, values out; only the decoder, which runs in the sandbox, calls it.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

PNG = b"\x89PNG\r\n\x1a\n"

_COLOR_CHUNKS = {b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM"}

_GAMMA_OF_SRGB = 45455
"""gAMA of a PNG in sRGB: 1 / 2.2, in 100,000ths."""

_ORIENTATION = 0x0112
"""Exif's tag of the orientation: https://www.w3.org/TR/png-3/#eXIf"""


class Tags(NamedTuple):
    """A PNG whose colour chunks Skia reads as Chromium does; the colours by code (ITU-T H.273: primaries, transfer), if
    those are to be applied; and the Exif orientation, 1 to 8."""

    png: bytes
    codes: tuple[int, int] | None
    orientation: int


def read_png(data: bytes) -> Tags:
    """The tags of a PNG. A cICP chunk comes before all others, a gamma of sRGB alone means sRGB, and chromaticities
    without a gamma mean nothing."""
    found = {name: data[start + 8 : end - 4] for name, start, end in _chunks(data)}
    orientation = exif_orientation(found.get(b"eXIf", b""))
    codes = found.get(b"cICP", b"")
    if len(codes) == 4 and codes[2:] == b"\0\1":
        return Tags(without_chunks(data, _COLOR_CHUNKS), (codes[0], codes[1]), orientation)
    unused: set[bytes] = set()
    if not {b"iCCP", b"sRGB"} & set(found):
        if found.get(b"gAMA") == struct.pack(">I", _GAMMA_OF_SRGB) and b"cHRM" not in found:
            unused = {b"gAMA"}
        elif b"gAMA" not in found:
            unused = {b"cHRM"}
    return Tags(without_chunks(data, unused) if unused else data, None, orientation)


def read_heif(data: bytes, png: bytes) -> Tags:
    """The tags of a HEIF picture that was converted to a PNG, upright: its profile, else its codes, else sRGB."""
    plain = without_chunks(png, _COLOR_CHUNKS)
    at = data.find(b"colrprof")
    if at >= 4:
        (size,) = struct.unpack_from(">I", data, at - 4)
        return Tags(_with_profile(plain, data[at + 8 : at - 4 + size]), None, 1)
    at = data.find(b"colrnclx")
    if at >= 0 and at + 14 <= len(data):
        primaries, transfer = struct.unpack_from(">HH", data, at + 8)
        return Tags(plain, (primaries, transfer), 1)
    return Tags(plain, None, 1)


def is_cut_off(data: bytes) -> bool:
    """Whether a JPEG lacks its end, which libjpeg then makes up."""
    return data.startswith(b"\xff\xd8") and data.find(b"\xff\xd9", data.rfind(b"\xff\xda")) < 0


def without_chunks(png: bytes, names: set[bytes]) -> bytes:
    """A PNG without the chunks of these names."""
    return PNG + b"".join(png[start:end] for name, start, end in _chunks(png) if name not in names)


def exif_orientation(exif: bytes) -> int:
    """The orientation of Exif data (a TIFF file), 1 to 8; 1 where there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None or len(exif) < 8:
        return 1
    (first,) = struct.unpack_from(f"{order}I", exif, 4)
    entries = exif[first + 2 :]
    for at in range(0, len(entries) - 11, 12):
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", entries, at)
        if (tag, kind, count) == (_ORIENTATION, 3, 1):
            return value if 1 <= value <= 8 else 1
    return 1


def _with_profile(png: bytes, profile: bytes) -> bytes:
    """A PNG with an ICC profile, behind its header."""
    end = next((end for _, _, end in _chunks(png)), len(png))
    body = b"iCCPprofile\0\0" + zlib.compress(profile)
    return png[:end] + struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) + png[end:]


def _chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each chunk of the first picture in a file."""
    at = len(PNG)
    while at + 12 <= len(png):
        size, name = struct.unpack_from(">I4s", png, at)
        yield name, at, min(at + 12 + size, len(png))
        if name == b"IEND":
            return
        at += 12 + size
    if at < len(png):
        yield b"", at, len(png)
