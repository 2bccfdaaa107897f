"""Small pictures with known colours, and the chunks and profiles that say what those mean."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZE = (40, 60)
PATCHES = ((220, 60, 50), (60, 200, 80), (50, 80, 210), (210, 160, 130), (128, 128, 128), (240, 200, 40))
"""Two columns, three rows."""

D65 = (0.3127, 0.3290)
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE_RGB = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))


def patches(size: tuple[int, int] = SIZE) -> Image.Image:
    picture = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 3
    for index, color in enumerate(PATCHES):
        left, top = index % 2 * width, index // 2 * height
        picture.paste(color, (left, top, left + width, top + height))
    return picture


def centers(picture: np.ndarray) -> list[tuple[int, ...]]:
    """The colours in the middle of the patches."""
    height, width = picture.shape[:2]
    places = [(height * (2 * row + 1) // 6, width * (2 * column + 1) // 4) for row in range(3) for column in range(2)]
    return [tuple(round(float(value)) for value in picture[place][:3]) for place in places]


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*chunks: bytes, picture: Image.Image | None = None) -> bytes:
    """A PNG with further chunks behind its header."""
    file = io.BytesIO()
    (picture or patches()).save(file, "PNG")
    data = file.getvalue()
    return data[:33] + b"".join(chunks) + data[33:]


def gamma(value: float) -> bytes:
    return chunk(b"gAMA", struct.pack(">I", round(value * 100_000)))


def chromaticities(primaries: tuple[tuple[float, float], ...]) -> bytes:
    values = [value for point in (D65, *primaries) for value in point]
    return chunk(b"cHRM", struct.pack(">8I", *(round(value * 100_000) for value in values)))


def icc_profile(primaries: tuple[tuple[float, float], ...], exponent: float | None) -> bytes:
    """An ICC profile (version 4) of an RGB space; without an exponent its curve is sRGB's."""

    def xyz(x: float, y: float) -> np.ndarray:
        return np.array([x / y, 1, (1 - x - y) / y])

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    white, d50 = xyz(*D65), np.array([0.9642, 1, 0.8249])
    matrix = np.stack([xyz(*point) for point in primaries], 1)
    matrix = matrix * np.linalg.solve(matrix, white)
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    matrix = np.linalg.inv(bradford) @ np.diag((bradford @ d50) / (bradford @ white)) @ bradford @ matrix
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    if exponent is not None:
        curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(exponent * 256)) + b"\0\0"
    words = "test".encode("utf-16-be")
    text = b"mluc\0\0\0\0" + struct.pack(">II", 1, 12) + b"enUS" + struct.pack(">II", len(words), 28) + words
    tags = {b"desc": text, b"cprt": text, b"wtpt": b"XYZ \0\0\0\0" + fixed(*d50)}
    tags |= {name: b"XYZ \0\0\0\0" + fixed(*matrix[:, index]) for index, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, body, at = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, value in tags.items():
        padded = value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", at + len(body), len(padded))
        body += padded
    head = struct.pack(">I4sI4s4s4s", at + len(body), b"\0" * 4, 0x04300000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + b"\0" * 28 + fixed(*d50)
    return head.ljust(128, b"\0") + table + body


def save(path: Path, picture: Image.Image | None = None, **options: Any) -> Path:
    (picture or patches()).save(path, **options)
    return path
