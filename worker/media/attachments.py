"""Makes the attachments of a Matroska file unreadable: fonts and covers, which FFmpeg reads into memory for each clip.

An attachment of 60 MB, cut into 100 clips, is 6 GB. The element that holds them gets the identifier of an empty one
(Void), in place, so that no frame moves (RFC 9559, 5.1.6; RFC 8794, 11.3.2).
"""

from pathlib import Path

from worker.media.matroska_voids import void
from worker.probe.ebml import elements, reader, segment

_ATTACHMENTS = 0x1941A469


def void_attachments(path: Path) -> bool:
    """Make the attachments of a Matroska or WebM file unreadable. Returns whether it had any; other files, and what
    follows an element of unknown size or nonsense, are left as they are."""
    with path.open("r+b") as file:
        read = reader(file)
        whole = segment(read, path.stat().st_size)
        if whole is None:
            return False
        attached = [each for each in elements(read, whole.content, whole.end) if each.identifier == _ATTACHMENTS]
        for element in attached:
            file.seek(element.start)
            file.write(void(element.end - element.start))
    return bool(attached)
