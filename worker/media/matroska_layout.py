"""Finds the index of a Matroska or WebM file (its Cues) by the heads of its outermost elements. Standard library only.

https://www.rfc-editor.org/rfc/rfc9559, sections 5.1.1 (SeekHead), 5.1.3 (Cluster) and 5.1.5 (Cues).
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from worker.probe.ebml import CLUSTER, Element, element_at, elements, segment
from worker.probe.model import ByteRange, Read

_SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_POSITION, _CUES = 0x114D9B74, 0x4DBB, 0x53AB, 0x53AC, 0x1C53BB6B

_BEFORE_MAX = 32
"""Most elements before the first cluster, each looked at by a request of its own where they are far apart."""

_SEEK_HEAD_BYTES = 4096
"""Bytes of a SeekHead that are read: an entry has some 20."""


class Layout(NamedTuple):
    """Where the parts of a file are: all elements (the content of its Segment), its index (Cues), its first cluster,
    and where elements begin that demuxers look for, by the file's own list of them (SeekHead)."""

    content: ByteRange
    cues: ByteRange
    first_cluster: ByteRange
    named: list[int]


def find_layout(read: Read, size: int) -> Layout | None:
    """The layout of a file of `size` bytes; None if it has no index, is cut off, or is another kind of file."""
    whole = segment(read, size)
    if whole is None or whole.end != size:
        return None
    cues = first_cluster = None
    named: list[int] = []
    for element in islice(elements(read, whole.content, size), _BEFORE_MAX):
        if element.identifier == CLUSTER:
            first_cluster = element
            break
        if element.identifier == _CUES:
            cues = element
        if element.identifier == _SEEK_HEAD:
            for identifier, position in _entries(read, element):
                place = whole.content + position
                named.append(place)
                cues = element_at(read, place, size) if identifier == _CUES else cues
    if cues is None or cues.identifier != _CUES or first_cluster is None or max(cues.end, first_cluster.end) > size:
        return None
    return Layout(ByteRange(whole.content, size), _range(cues), _range(first_cluster), named)


def _range(element: Element) -> ByteRange:
    return ByteRange(element.start, element.end)


def _entries(read: Read, seek_head: Element) -> Iterator[tuple[int, int]]:
    """What a SeekHead names: identifiers, and places counted from the content of the Segment."""
    content = read(seek_head.content, min(seek_head.end - seek_head.content, _SEEK_HEAD_BYTES))

    def read_content(offset: int, count: int) -> bytes:
        return content[offset : offset + count]

    for seek in elements(read_content, 0, len(content)):
        fields = {
            each.identifier: int.from_bytes(content[each.content : each.end])
            for each in elements(read_content, seek.content, seek.end)
        }
        if seek.identifier == _SEEK and fields.keys() >= {_SEEK_ID, _SEEK_POSITION}:
            yield fields[_SEEK_ID], fields[_SEEK_POSITION]
