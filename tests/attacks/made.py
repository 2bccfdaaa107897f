"""The valid files that attacks are made from, and the type of an attack."""

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
"""Content of `secret.txt` and title of `secret.mp4`. It must not appear in any output."""


@dataclass(frozen=True)
class Place:
    """What attacks refer to: a host that must get no request, and the folder of the attacks and the secrets."""

    canary: str
    folder: Path


@dataclass(frozen=True)
class Attack:
    """One file: the `name` of its object, its bytes, and the expected `ends` (error codes, or `RENDERS`)."""

    name: str
    content: bytes
    ends: frozenset[str]
    as_soundtrack: bool = False


def refused(name: str, content: bytes | str, *ends: str) -> Attack:
    data = content.encode() if isinstance(content, str) else content
    return Attack(name, data, frozenset(ends or (UNDECODABLE,)))


def ffmpeg(*arguments: str, suffix: str) -> bytes:
    """The output of the bundled FFmpeg for `arguments`, in the format of `suffix`."""
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
    """A valid video: one second with sound. Its index is after the samples, or with `faststart` before them."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=128x228:r=25:d=1", "-f", "lavfi", "-i", "sine=d=1", "-shortest"),
        *("-pix_fmt", "yuv420p", *(("-movflags", "+faststart") if faststart else ())),
        suffix=".mp4",
    )


def secret() -> bytes:
    """A video that the job must not read."""
    return ffmpeg(
        *("-f", "lavfi", "-i", "color=magenta:s=128x228:r=25:d=1", "-metadata", f"title={SECRET}"), suffix=".mp4"
    )


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """A black PNG, one bit per pixel."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
