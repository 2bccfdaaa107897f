"""Covers the holes of a Matroska file that was fetched in part by empty elements (Void), which demuxers skip.

A hole reads as zeros. A demuxer that met them would look for the next cluster byte by byte, through gigabytes. So each
hole reaches from where an element begins to where one that is present begins, and a Void is as long as it: the file
stays valid (RFC 8794, 11.3.2). An element of which only the beginning is present belongs to the hole.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from worker.media.matroska_layout import find_layout
from worker.probe.ebml import EBML, ELEMENTS_MAX, element_at, reader
from worker.probe.model import ByteRange, Read

_VOID = 0xEC

_SIZE_BYTES = 8
"""Longest size of an element, in bytes."""

_VOID_BYTES_MIN = 2
"""Bytes of the shortest Void: its identifier and its size."""


def void(length: int) -> bytes:
    """The head of an empty element of `length` bytes, at least `_VOID_BYTES_MIN`."""
    width = min(_SIZE_BYTES, length - 1)
    return bytes([_VOID]) + ((1 << 7 * width) | (length - 1 - width)).to_bytes(width)


def is_matroska(path: Path) -> bool:
    """Whether a file is in Matroska, or WebM, by its first bytes."""
    with path.open("rb") as file:
        return file.read(4) == EBML.to_bytes(4)


def void_holes(path: Path, present: Sequence[ByteRange]) -> list[tuple[int, bytes]]:
    """Cover what isn't `present` of a Matroska file. Returns what was written over, as offsets and bytes: none of a
    file of another kind."""
    written = []
    with path.open("r+b") as file:
        read = reader(file)
        layout = find_layout(read, path.stat().st_size)
        if layout is None:
            return []
        starts = sorted({*layout.named, *(each.begin for each in present)})
        for begin, end in list(_holes(read, layout.content, present, starts)):
            head = void(end - begin)
            written.append((begin, read(begin, len(head))))
            file.seek(begin)
            file.write(head)
    return written


@contextmanager
def voided_holes(path: Path, present: Sequence[ByteRange]) -> Iterator[None]:
    """Cover the holes of a Matroska file while the block lasts. What is present is unchanged afterwards."""
    written = void_holes(path, present)
    try:
        yield
    finally:
        with path.open("r+b") as file:
            for offset, content in written:
                file.seek(offset)
                file.write(content)


def _holes(read: Read, content: ByteRange, present: Iterable[ByteRange], starts: Sequence[int]) -> Iterator[ByteRange]:
    """The places of `content`, each from an element's beginning to the next of `starts`, whose elements aren't wholly
    present."""
    begin, end = content
    for _ in range(ELEMENTS_MAX):
        element = element_at(read, begin, end)
        if element and any(there.begin <= begin and element.end <= there.end for there in present):
            begin = element.end
            continue
        if end - begin < _VOID_BYTES_MIN:
            return
        next_start = next((start for start in starts if start >= begin + _VOID_BYTES_MIN), end)
        yield ByteRange(begin, min(next_start, end))
        begin = next_start
