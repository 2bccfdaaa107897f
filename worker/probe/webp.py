"""Animated WebP by its header: PyAV's FFmpeg can't read it, the renderer's can.

A file of chunks: https://developers.google.com/speed/webp/docs/riff_container. Bytes in, values out; only the probe,
which runs in the sandbox, calls it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from worker.probe import delays

_HEAD_BYTES = 30
_IS_ANIMATED = 2
"""Bit of the flags of a VP8X chunk."""

_CHUNKS_MAX = 1_000_000
"""Most chunks read: hours of pictures."""


class Animation(NamedTuple):
    """Width and height in pixels, number of pictures, and duration in seconds."""

    width: int
    height: int
    pictures: int
    duration: float


def animation(path: Path) -> Animation | None:
    """What an animated WebP is; None if a file is something else."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES or (head[:4], head[8:16]) != (b"RIFF", b"WEBPVP8X") or not head[20] & _IS_ANIMATED:
            return None
        pictures = list(_delays(file))
    return Animation(_24(head, 24) + 1, _24(head, 27) + 1, len(pictures), sum(pictures))


def _delays(file: BinaryIO) -> Iterator[float]:
    """For how many seconds each picture stands."""
    for _ in range(_CHUNKS_MAX):
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], "little")
        body = file.tell()
        if head[:4] == b"ANMF" and len(frame := file.read(16)) == 16:
            yield delays.standing(_24(frame, 12) / 1000)
        file.seek(body + size + size % 2)


def _24(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")
