"""Which bytes of a source are needed to play some seconds of it, by the index of its file."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol

from worker.media.matroska_layout import find_layout
from worker.media.mp4_boxes import find_index, is_whole
from worker.media.object_download import HEAD_BYTES
from worker.probe.model import ByteRange, PlayedBytes
from worker.probe.ranges import join, total

PARTIAL_BYTES_MIN = 16 << 20
"""Smallest object of which a part is fetched: a smaller one is there sooner than its index is read."""

PARTIAL_SHARE_MAX = 0.8
"""Largest part of an object that is fetched alone; of more, the whole is."""

_INDEX_BYTES_MAX = 64 << 20
"""Largest index that is read: that of 4 hours has 10 MB."""

_GAP_BYTES = 1 << 20
"""Bytes between two ranges for which one more request isn't worth it: they take as long as S3's first byte."""


class Readable(Protocol):
    """A source that is read in pieces: `present` are the pieces that have been read, `size` is in bytes."""

    size: int
    present: list[ByteRange]

    def fetch(self, wanted: Iterable[ByteRange]) -> None:
        """Make these ranges present."""

    def read(self, offset: int, count: int) -> bytes:
        """Read bytes, which are present afterwards."""


class FetchedFile:
    """A source whose file is here: what a further fetch of the same would have to read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size
        self.present = [ByteRange(0, min(HEAD_BYTES, self.size))]

    def fetch(self, wanted: Iterable[ByteRange]) -> None:
        """Note that these ranges are needed."""
        self.present = join([*self.present, *wanted])

    def read(self, offset: int, count: int) -> bytes:
        """Read bytes, and note that they are needed."""
        self.fetch([ByteRange(offset, min(offset + count, self.size))])
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(count)


def part_of(source: Readable, select: Callable[[], PlayedBytes | None]) -> list[ByteRange] | None:
    """The bytes of a source that are needed, by its index and what `select` says; None where it has no index, or nearly
    all are. Those that are read to open the file are present afterwards."""
    moov, layout = find_index(source.read, source.size), find_layout(source.read, source.size)
    index = [moov] if moov else [layout.cues, layout.first_cluster] if layout else []
    if not 0 < total(join(index)) <= _INDEX_BYTES_MAX:
        return None
    source.fetch(index)
    needed = select() if moov is None or is_whole(source.read, moov) else None
    if needed is None or any(each.end > source.size for each in (*needed.opened, *needed.played)):
        return None
    begin = layout.first_cluster.begin if layout else 0  # what comes before is there, but for attachments
    wanted = (ByteRange(max(each.begin, begin), each.end) for each in (*needed.opened, *needed.played))
    ranges = join([*wanted, *source.present], _GAP_BYTES)
    if total(ranges) > PARTIAL_SHARE_MAX * source.size:
        return None
    source.fetch(needed.opened)
    return ranges
