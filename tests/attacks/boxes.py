"""Edits MP4 files: finds, changes and enlarges boxes, and updates the sizes of the boxes around them."""

import struct
from collections.abc import Iterator

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts")


def find(data: bytes, *path: bytes) -> list[int]:
    """Offsets of the boxes along `path`, the outermost first: the first box of each name."""
    offsets, start, end = [], 0, len(data)
    for name in path:
        offset = next(offset for offset, kind in _boxes(data, start, end) if kind == name)
        offsets.append(offset)
        start, end = offset + 8, offset + struct.unpack_from(">I", data, offset)[0]
        if name in {b"dref", b"stsd"}:
            start += 8
    return offsets


def patched(data: bytes, offset: int, new: bytes, *path: bytes) -> bytes:
    """The file with `new` written `offset` bytes into the box at `path`."""
    start = find(data, *path)[-1] + offset
    return data[:start] + new + data[start + len(new) :]


def grown(data: bytes, more: bytes, *path: bytes) -> bytes:
    """The file with `more` at the end of the box at `path`, which must come after the samples: these must not move."""
    offsets = find(data, *path)
    last = offsets[-1]
    end = last + struct.unpack_from(">I", data, last)[0]
    data = data[:end] + more + data[end:]
    for offset in offsets:
        size = struct.unpack_from(">I", data, offset)[0] + len(more)
        data = data[:offset] + struct.pack(">I", size) + data[offset + 4 :]
    return data


def box(kind: bytes, content: bytes) -> bytes:
    """A box of type `kind`."""
    return struct.pack(">I", len(content) + 8) + kind + content


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield start, kind
        start += max(size, 8)
