"""Arithmetic of byte ranges: join those that are near each other, leave out what is there, cut into parts. Pure."""

from collections.abc import Iterable, Iterator

from worker.probe.model import ByteRange


def join(ranges: Iterable[ByteRange], gap: int = 0) -> list[ByteRange]:
    """The ranges in order, those joined that overlap or are at most `gap` bytes apart."""
    joined: list[ByteRange] = []
    for each in sorted(each for each in ranges if each.begin < each.end):
        if joined and each.begin <= joined[-1].end + gap:
            joined[-1] = ByteRange(joined[-1].begin, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def without(ranges: Iterable[ByteRange], present: Iterable[ByteRange]) -> list[ByteRange]:
    """What `ranges` hold and `present` don't, in order."""
    left = join(ranges)
    for there in present:
        pieces = ((ByteRange(a, min(b, there.begin)), ByteRange(max(a, there.end), b)) for a, b in left)
        left = [piece for pair in pieces for piece in pair if piece.begin < piece.end]
    return left


def cut(ranges: Iterable[ByteRange], part_bytes: int) -> Iterator[ByteRange]:
    """The ranges in parts of at most `part_bytes` bytes."""
    for begin, end in ranges:
        for start in range(begin, end, part_bytes):
            yield ByteRange(start, min(start + part_bytes, end))


def total(ranges: Iterable[ByteRange]) -> int:
    """Bytes in all; the ranges don't overlap."""
    return sum(end - begin for begin, end in ranges)
