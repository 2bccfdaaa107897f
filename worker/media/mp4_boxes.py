"""Finds the index of an MP4 or MOV file (the box `moov`) by the heads of its outermost boxes. Standard library only.

ISO/IEC 14496-12, 4.2; https://developer.apple.com/documentation/quicktime-file-format/atoms
"""

from collections.abc import Iterator
from typing import NamedTuple

from worker.probe.model import ByteRange, Read

_HEAD, _LARGE_HEAD = 8, 16
"""Bytes of a box's head: its size and type; 16 where the size is a number of 64 bits."""

_PASSED = frozenset({b"ftyp", b"free", b"mdat", b"meta", b"pdin", b"skip", b"udta", b"uuid", b"wide"})
"""Boxes that may come before the index."""

_FRAGMENTED = b"mvex"
"""Box of an index that isn't the whole: the rest is in fragments (`moof`), between the pictures."""

_BOXES_MAX = 32
"""Most boxes that are looked at, each by a request of its own where they are far apart."""


class _Box(NamedTuple):
    kind: bytes
    begin: int
    content: int
    end: int


def find_index(read: Read, size: int) -> ByteRange | None:
    """The bytes of the index of a file of `size` bytes; None if it has none, or is another kind of file."""
    for box in _boxes(read, 0, size):
        if box.kind == b"moov":
            return ByteRange(box.begin, box.end)
        if box.kind not in _PASSED:
            return None
    return None


def is_whole(read: Read, index: ByteRange) -> bool:
    """Whether an index that `find_index` has found is that of the whole file."""
    (moov,) = _boxes(read, *index)
    return all(box.kind != _FRAGMENTED for box in _boxes(read, moov.content, moov.end))


def _boxes(read: Read, begin: int, end: int) -> Iterator[_Box]:
    """The boxes between two offsets, up to the first nonsense."""
    for _ in range(_BOXES_MAX):
        if begin + _HEAD > end:
            return
        head = read(begin, min(_LARGE_HEAD, end - begin))
        size, kind, content = int.from_bytes(head[:4]), head[4:_HEAD], begin + _HEAD
        if size == 1:
            size, content = int.from_bytes(head[_HEAD:]), begin + _LARGE_HEAD
        elif size == 0:  # the last box reaches to the end
            size = end - begin
        if begin + size > end or begin + size < content:
            return
        yield _Box(kind, begin, content, begin + size)
        begin += size
