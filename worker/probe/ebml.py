"""Finds the elements of EBML files, of which Matroska and WebM consist, by their heads. Standard library only.

https://www.rfc-editor.org/rfc/rfc8794, https://www.rfc-editor.org/rfc/rfc9559
"""

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from worker.probe.model import Read

EBML, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675

_IDENTIFIER_MAX, _SIZE_MAX = 4, 8
"""Longest identifier, and longest size, of an element in bytes."""

ELEMENTS_MAX = 100_000
"""Most elements on one level: a cluster holds some seconds, so that four hours have a tenth of it."""


class Element(NamedTuple):
    """An element: its identifier, and the offsets of its head, of its content, and of what follows it. One that doesn't
    say its size reaches as far as the element around it."""

    identifier: int
    start: int
    content: int
    end: int


def segment(read: Read, size: int) -> Element | None:
    """The element that is the content of a Matroska file of `size` bytes; None of another kind of file."""
    header = element_at(read, 0, size)
    found = element_at(read, header.end, size) if header and header.identifier == EBML else None
    return found if found and found.identifier == SEGMENT else None


def elements(read: Read, begin: int, end: int) -> Iterator[Element]:
    """The elements between two offsets, up to the file's end or the first nonsense."""
    for _ in range(ELEMENTS_MAX):
        element = element_at(read, begin, end)
        if element is None:
            return
        yield element
        begin = element.end


def element_at(read: Read, begin: int, end: int) -> Element | None:
    """The element that begins at an offset, in one that ends at `end`; None if none does."""
    if begin >= end:
        return None
    head = read(begin, _IDENTIFIER_MAX + _SIZE_MAX)
    width = _width(head[:1])
    length = _width(head[width : width + 1])
    if not 1 <= width <= _IDENTIFIER_MAX or not length or len(head) < width + length:
        return None
    unknown = (1 << 7 * length) - 1
    size = int.from_bytes(head[width : width + length]) & unknown
    content = begin + width + length
    return Element(int.from_bytes(head[:width]), begin, content, end if size == unknown else content + size)


def reader(file: BinaryIO) -> Read:
    """The function that reads bytes of an open file."""

    def read(offset: int, count: int) -> bytes:
        file.seek(offset)
        return file.read(count)

    return read


def _width(first: bytes) -> int:
    """Length in bytes of a number of variable size, which its first byte says; 0 if it begins none."""
    return 9 - first[0].bit_length() if first and first[0] else 0
