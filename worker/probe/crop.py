"""The part of a video's pictures that its container says is shown: `clap` in MOV and MP4, PixelCrop in Matroska.

FFmpeg crops to it by itself while PyAV neither crops nor tells, so the probe reads it from the file. What can't be read
counts as no crop: then FFmpeg finds none either. Standard library only.
"""

import struct
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from worker.probe.ebml import CLUSTER, SEGMENT, elements, reader

Crop = tuple[int, int]
"""Columns and rows that are cut off, on both sides together."""

_NONE: Crop = (0, 0)
_BOXES_MAX = 5_000
"""Most boxes looked at on one level."""

_SAMPLE_ENTRY_BYTES = 86
"""Header and fields of a VisualSampleEntry, before its boxes: ISO/IEC 14496-12, 12.1.3."""

_TRACKS, _TRACK, _VIDEO = 0x1654AE6B, 0xAE, 0xE0
_CROPS = {0x54CC: 0, 0x54DD: 0, 0x54BB: 1, 0x54AA: 1}
"""PixelCropLeft and -Right, -Top and -Bottom, with what each cuts off: RFC 9559, 5.1.4.1.28."""

Places = list[tuple[int, int]]
"""Beginnings and ends of the contents of boxes or elements."""


def crop(path: Path, container: str, index: int, video: int, size: tuple[int, int]) -> Crop:
    """The crop of the stream `index`, which is the file's `video`-th with pictures (from 0), whose pictures have this
    `size`. `container` is the name of libavformat's demuxer."""
    try:
        with path.open("rb") as file:
            if container.startswith("mov"):
                return _clap(file, index, size)
            return _pixel_crop(file, video) if container.startswith("matroska") else _NONE
    except (ValueError, struct.error, ZeroDivisionError, IndexError):
        return _NONE


def _clap(file: BinaryIO, index: int, size: tuple[int, int]) -> Crop:
    """The clean aperture: ISO/IEC 14496-12, 12.1.4."""
    tracks = _boxes(file, b"trak", _boxes(file, b"moov", [(0, _length(file))]))
    places = [tracks[index]]
    for kind in (b"mdia", b"minf", b"stbl", b"stsd"):
        places = _boxes(file, kind, places)
    (begin, _), *_ = places
    file.seek(begin + 8)
    (bytes_of_entry,) = struct.unpack(">I", file.read(4))
    clap = _boxes(file, b"clap", [(begin + 8 + _SAMPLE_ENTRY_BYTES, begin + 8 + bytes_of_entry)])
    if not clap:
        return _NONE
    file.seek(clap[0][0])
    numbers = struct.unpack(">8i", file.read(32))
    width, height = Fraction(*numbers[:2]), Fraction(*numbers[2:4])
    return (
        _cut(size[0], width, Fraction(*numbers[4:6])),
        _cut(size[1], height, Fraction(*numbers[6:8])),
    )


def _cut(length: int, shown: Fraction, offset: Fraction) -> int:
    """Pixels cut off of `length`, as FFmpeg rounds them: `shown` remain, whose center is `offset` from the middle."""
    first = offset + Fraction(length - 1, 2) - (shown - 1) / 2
    last = first + shown - 1
    cut = int(first) + length - 1 - int(last)
    return cut if 0 <= first <= last < length and cut < length else 0


def _pixel_crop(file: BinaryIO, video: int) -> Crop:
    segment = _elements(file, SEGMENT, [(0, _length(file))])
    tracks = _elements(file, _TRACK, _elements(file, _TRACKS, segment))
    pictures = [found for track in tracks if (found := _elements(file, _VIDEO, [track]))]
    cut = [0, 0]
    for each in elements(reader(file), *pictures[video][0]):
        if each.identifier in _CROPS and each.end - each.content <= 8:
            file.seek(each.content)
            cut[_CROPS[each.identifier]] += int.from_bytes(file.read(each.end - each.content))
    return cut[0], cut[1]


def _boxes(file: BinaryIO, kind: bytes, places: Places) -> Places:
    """Contents of the boxes of a kind that are directly within `places`."""
    found: Places = []
    for start, end in places:
        begin = start
        for _ in range(_BOXES_MAX):
            if begin + 8 > end:
                break
            file.seek(begin)
            size, name = struct.unpack(">I4s", file.read(8))
            header = 8
            if size == 1:
                (size,), header = struct.unpack(">Q", file.read(8)), 16
            size = size or end - begin
            if size < header:
                raise ValueError("a box of no size")
            if name == kind:
                found.append((begin + header, begin + size))
            begin += size
    return found


def _elements(file: BinaryIO, kind: int, places: Places) -> Places:
    """Contents of the elements of a kind that are directly within `places`, up to the first cluster."""
    return [
        (each.content, each.end)
        for begin, end in places
        for each in takewhile(lambda each: each.identifier != CLUSTER, elements(reader(file), begin, end))
        if each.identifier == kind
    ]


def _length(file: BinaryIO) -> int:
    return file.seek(0, 2)
