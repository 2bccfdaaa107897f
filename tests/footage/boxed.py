"""MOV files with other headers than FFmpeg writes."""

import struct
from pathlib import Path

from tests.attacks import boxes
from tests.footage import marked

_DURATIONS = (
    (24, (b"moov", b"mvhd")),
    (28, (b"moov", b"trak", b"tkhd")),
    (24, (b"moov", b"trak", b"mdia", b"mdhd")),
)
"""Places of durations in boxes of version 0: ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2."""


def without_length(path: Path, *, value: bytes) -> Path:
    """Make a video of one stream whose headers give `value` for every duration, and that has no edit list."""
    marked.make(path, ("-c:v", "libx264", "-preset", "ultrafast", "-bf", "0"), ())
    data = path.read_bytes()
    edits = boxes.find(data, b"moov", b"trak", b"edts")[-1]
    data = data[: edits + 4] + b"free" + data[edits + 8 :]
    for offset, place in _DURATIONS:
        data = boxes.patched(data, offset, value, *place)
    path.write_bytes(data)
    return path


def cropped(path: Path) -> Path:
    """Make a MOV, or remux it to Matroska, whose container hides 20 rows at the top and 20 at the bottom."""
    side = marked.SIDE
    whole = marked.make(
        path.with_name("whole.mov"),
        ("-c:v", "libx264", "-preset", "ultrafast"),
        (),
        filters=f"pad={side}:{side + 40}:0:20:white",
    )
    aperture = boxes.box(b"clap", struct.pack(">8I", side, 1, side, 1, 0, 1, 0, 1))
    entry = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
    whole.write_bytes(boxes.grown(whole.read_bytes(), aperture, *entry))
    marked.encode("-i", whole, "-c", "copy", path)
    return path
