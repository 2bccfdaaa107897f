"""File signatures: what a file is by its first bytes, whatever its name. Pure: bytes in, a verdict out.

The gate before every parser: only a file that begins like a video, a picture or a sound reaches libavformat, which
would try some 350 formats on it, playlists and scripts among them.
"""

import re

HEAD_BYTES = 2048
"""Bytes to read from the beginning of a file."""

_ISO_BOXES = (b"ftyp moov mdat free skip wide pnot uuid junk pict udta styp sidx prfl").split()
"""Boxes that an MP4 or QuickTime file may begin with, after four bytes of length."""

_BEGINNINGS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"OggS",
    b"FLV\x01",
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF: WMV, WMA
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02",  # MXF
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",  # TIFF
    b"MM\x00*",
    b"ID3",  # MP3, with a title
    b"fLaC",
    b"caff",
    b"riff\x2e\x91\xcf\x11",  # W64
    b"#!AMR",
    b"\x0b\x77",  # AC-3
)

_CHUNKED = re.compile(rb"(?:RIFF|RF64)....(?:AVI |WAVE|WEBP)|FORM....AIF[FC]", re.DOTALL)
_BITMAP = re.compile(rb"BM.{4}\0{4}.{2}\0\0[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL)
_RAW_VIDEO = re.compile(rb"\0{2,3}\x01[\x09\x67\x27\x47\x06\x26\x40\x42\x46\x4e]")
"""H.264 or H.265 without a container: access unit delimiter, parameter set or message."""

_RAW_SOUND = re.compile(rb"\xff[\xe2-\xe5\xf0-\xf5\xf8-\xfd]")
"""The frame sync of MPEG audio and of AAC."""

_NOT_MEDIA = (
    (re.compile(rb"#EXTM3U|ffconcat|\s*<\?xml[^>]*>\s*<(?:\w+:)?MPD|\s*<(?:\w+:)?MPD|\[playlist\]"), "a playlist"),
    (re.compile(rb"v=0\r?\n|\[?rtsp:|;FFMETADATA"), "a description of a stream"),
    (re.compile(rb"(?:\s*<(?:\?xml|!DOCTYPE|!--)[^>]*>)*\s*<svg", re.IGNORECASE), "an SVG drawing"),
    (re.compile(rb"WEBVTT|\[Script Info\]|\d+\r?\n\d\d:\d\d:\d\d,", re.IGNORECASE), "subtitles"),
    (re.compile(rb"\s*<(?:!DOCTYPE|html|\?xml)", re.IGNORECASE), "a web page"),
    (re.compile(rb"PK\x03\x04|PK\x05\x06|\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!|\x28\xb5\x2f\xfd"), "an archive"),
    (re.compile(rb"%PDF|%!PS"), "a document"),
    (re.compile(rb"#!|\x7fELF|MZ"), "a program"),
)
"""Files that aren't media, for error messages."""


def is_media(head: bytes) -> bool:
    """Whether a file that begins with `head` is a video, a picture or a sound."""
    return (
        head.startswith(_BEGINNINGS)
        or head[4:8] in _ISO_BOXES
        or any(pattern.match(head) for pattern in (_CHUNKED, _BITMAP, _RAW_VIDEO, _RAW_SOUND))
        or _is_transport_stream(head)
    )


def describe(head: bytes) -> str:
    """What a file that isn't media seems to be, in words that follow "it is"."""
    if not head:
        return "empty"
    text = head.removeprefix(b"\xef\xbb\xbf")
    return next((name for pattern, name in _NOT_MEDIA if pattern.match(text)), "of no kind that is known")


def _is_transport_stream(head: bytes) -> bool:
    """MPEG-TS: a sync byte every 188 bytes, or every 192 after a time stamp (Blu-ray, AVCHD)."""
    return any(
        len(head) > first + 2 * size and all(head[first + number * size] == 0x47 for number in range(3))
        for first, size in ((0, 188), (4, 192))
    )
