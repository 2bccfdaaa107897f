"""Honest files to begin with, and what an attack is."""

import struct
import subprocess
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg

UNDECODABLE, LIMIT, RENDERS = "MEDIA_UNDECODABLE", "LIMIT_EXCEEDED", "renders"

SECRET = "SECRET-OF-ANOTHER-HOTEL"
"""Stands in `secret.txt` and in the title of `secret.mp4`: it must turn up nowhere."""


@dataclass(frozen=True)
class Place:
    """Where attacks point to: a host that must never be asked, and the folder in which they and the secrets lie."""

    canary: str
    folder: Path


@dataclass(frozen=True)
class Attack:
    """One file: the `name` of its object, its bytes, and the ends that are right (codes, or `RENDERS`)."""

    name: str
    content: bytes
    ends: frozenset[str]
    as_soundtrack: bool = False


def refused(name: str, content: bytes | str, *ends: str) -> Attack:
    data = content.encode() if isinstance(content, str) else content
    return Attack(name, data, frozenset(ends or (UNDECODABLE,)))


def ffmpeg(*arguments: str, suffix: str) -> bytes:
    """What the bundled FFmpeg makes of `arguments`, in a format that goes by its suffix."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"made{suffix}"
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *arguments, "-y", str(path)],
            check=True,
            cwd=folder,
        )
        return path.read_bytes()


@cache
def good(*, faststart: bool = False) -> bytes:
    """An honest video: one second with sound. Its index lies behind the samples, or with `faststart` before."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=128x228:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1", "-shortest"),
        *("-pix_fmt", "yuv420p", *(("-movflags", "+faststart") if faststart else ())),
        suffix=".mp4",
    )


def secret() -> bytes:
    """Another hotel's video."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "color=magenta:s=128x228:r=25:d=1", "-metadata", f"title={SECRET}"), suffix=".mp4"
    )


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """Black, one bit a pixel."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
