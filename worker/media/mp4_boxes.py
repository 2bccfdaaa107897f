"""Finds the index of an MP4 or MOV file (the box `moov`) by the heads of its outermost boxes. Standard library only.

ISO/IEC 14496-12, 4.2; https://developer.apple.com/documentation/quicktime-file-format/atoms
"""

from collections.abc import Callable

from worker.probe.model import ByteRange

_HEAD, _LARGE_HEAD = 8, 16
"""Bytes of a box's head: its size and type; 16 where the size is a number of 64 bits."""

_PASSED = frozenset({b"ftyp", b"free", b"mdat", b"meta", b"pdin", b"skip", b"udta", b"uuid", b"wide"})
"""Boxes that may come before the index. A file of fragments (`moof`, `sidx`) has no index of the whole."""

_BOXES_MAX = 32


def find_index(read: Callable[[int, int], bytes], size: int) -> ByteRange | None:
    """The bytes of the index of a file of `size` bytes; None if it has none, or is another kind of file.

    `read(offset, count)` returns bytes of the file.
    """
    offset = 0
    for _ in range(_BOXES_MAX):
        if offset + _LARGE_HEAD > size:
            return None
        head = read(offset, _LARGE_HEAD)
        length, kind = int.from_bytes(head[:4]), head[4:8]
        if length == 1:
            length = int.from_bytes(head[_HEAD:])
        elif length == 0:  # the last box reaches to the file's end
            length = size - offset
        if length < _HEAD or offset + length > size:
            return None
        if kind == b"moov":
            return ByteRange(offset, offset + length)
        if kind not in _PASSED:
            return None
        offset += length
    return None
