"""A tiny clip, made here: an AVI file with uncompressed pictures and sound, so that making it needs no encoder.

https://learn.microsoft.com/en-us/windows/win32/directshow/avi-riff-file-reference
"""

import struct

SECONDS = 1
_FPS = 10
_WIDTH, _HEIGHT = 36, 64
"""Pixels; a row of 36 has 108 bytes, which needs no padding to a multiple of four."""
_PICTURE_BYTES = _WIDTH * _HEIGHT * 3
_RATE = 8_000
"""Samples of sound per second, one byte each."""
_PCM = 1


def make_clip() -> bytes:
    """One second of a color that changes, with a tone: about 80 KB."""
    frames = _FPS * SECONDS
    size = (2, _PICTURE_BYTES, _WIDTH, _HEIGHT)  # streams, largest chunk, pixels
    main = struct.pack("<14I", 1_000_000 // _FPS, 0, 0, 0, frames, 0, *size, 0, 0, 0, 0)
    bitmap = struct.pack("<IiiHHIIiiII", 40, _WIDTH, _HEIGHT, 1, 24, 0, _PICTURE_BYTES, 0, 0, 0, 0)
    wave = struct.pack("<HHIIHH", _PCM, 1, _RATE, _RATE, 1, 8)
    header = _list(
        b"hdrl",
        _chunk(b"avih", main),
        _stream(b"vids", b"DIB ", bitmap, rate=_FPS, sample_bytes=0),
        _stream(b"auds", b"", wave, rate=_RATE, sample_bytes=1),
    )
    parts = (_chunk(b"00db", _picture(number)) + _chunk(b"01wb", _tone(_RATE // _FPS)) for number in range(frames))
    return _chunk(b"RIFF", b"AVI " + header + _list(b"movi", *parts))


def _stream(kind: bytes, codec: bytes, form: bytes, *, rate: int, sample_bytes: int) -> bytes:
    """The header of a stream of `rate` frames or samples per second."""
    length = rate * SECONDS
    head = struct.pack(
        "<4s4sIHHIIIIIIII4h", kind, codec, 0, 0, 0, 0, 1, rate, 0, length, 0, 0, sample_bytes, 0, 0, 0, 0
    )
    return _list(b"strl", _chunk(b"strh", head), _chunk(b"strf", form))


def _picture(number: int) -> bytes:
    """A frame of one color; blue, green, red."""
    return bytes((255 - 20 * number, 120, 20 * number)) * (_WIDTH * _HEIGHT)


def _tone(samples: int) -> bytes:
    """A square wave of 500 Hz."""
    return bytes(160 if sample // 8 % 2 else 96 for sample in range(samples))


def _list(kind: bytes, *parts: bytes) -> bytes:
    return _chunk(b"LIST", kind + b"".join(parts))


def _chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of RIFF: name, length, content; an odd length is padded."""
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)
