"""Makes the attachments of a Matroska file unreadable: fonts and covers, which FFmpeg reads into memory for each clip.

An attachment of 60 MB, cut into 100 clips, is 6 GB. The element that holds them gets the identifier of an empty one
(Void), in place, so that no frame moves (RFC 9559, 5.1.6; RFC 8794, 11.3.2).
"""

from pathlib import Path

from worker.probe.ebml import EBML, SEGMENT, elements

_ATTACHMENTS, _VOID = 0x1941A469, 0xEC

_SIZE_BYTES = 8
"""Longest size of an element, in bytes."""


def void_attachments(path: Path) -> bool:
    """Make the attachments of a Matroska or WebM file unreadable. Returns whether it had any; other files, and what
    follows an element of unknown size or nonsense, are left as they are."""
    with path.open("r+b") as file:
        whole = path.stat().st_size
        header = next(elements(file, 0, whole), None)
        segment = next(elements(file, header.end, whole), None) if header and header.identifier == EBML else None
        if segment is None or segment.identifier != SEGMENT:
            return False
        attached = [each for each in elements(file, segment.content, segment.end) if each.identifier == _ATTACHMENTS]
        for element in attached:
            file.seek(element.start)
            file.write(_void(element.end - element.start))
    return bool(attached)


def _void(length: int) -> bytes:
    """The head of an empty element of `length` bytes, at least five."""
    width = min(_SIZE_BYTES, length - 1)
    return bytes([_VOID]) + ((1 << 7 * width) | (length - 1 - width)).to_bytes(width)
