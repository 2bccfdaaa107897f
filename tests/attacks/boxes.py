"""Surgery on MP4 files: boxes found, changed, grown; the sizes around them follow."""

import struct
from collections.abc import Iterator

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"stbl", b"edts")


def find(data: bytes, *path: bytes) -> list[int]:
    """Where the boxes along `path` begin, from the outermost in: the first of each name."""
    places, start, end = [], 0, len(data)
    for name in path:
        place = next(place for place, kind in _boxes(data, start, end) if kind == name)
        places.append(place)
        start, end = place + 8, place + struct.unpack_from(">I", data, place)[0]
        if name == b"dref":
            start += 8
    return places


def patched(data: bytes, offset: int, new: bytes, *path: bytes) -> bytes:
    """With `new` written `offset` bytes into the box at `path`."""
    place = find(data, *path)[-1] + offset
    return data[:place] + new + data[place + len(new) :]


def grown(data: bytes, more: bytes, *path: bytes) -> bytes:
    """With `more` at the end of the box at `path`, which must lie behind the samples, so that these stay in place."""
    places = find(data, *path)
    last = places[-1]
    end = last + struct.unpack_from(">I", data, last)[0]
    data = data[:end] + more + data[end:]
    for place in places:
        size = struct.unpack_from(">I", data, place)[0] + len(more)
        data = data[:place] + struct.pack(">I", size) + data[place + 4 :]
    return data


def box(kind: bytes, content: bytes) -> bytes:
    """One box."""
    return struct.pack(">I", len(content) + 8) + kind + content


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", data, start)
        yield start, kind
        start += max(size, 8)
