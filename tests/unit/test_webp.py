"""worker/probe/webp.py: what an animated WebP is by its header, however broken."""

import struct
from pathlib import Path

import pytest

from worker.probe.webp import Animation, animation


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def frame(milliseconds: int, data: bytes = b"") -> bytes:
    return chunk(b"ANMF", bytes(12) + milliseconds.to_bytes(3, "little") + b"\0" + data)


def webp(*chunks: bytes, flags: int = 2) -> bytes:
    head = chunk(b"VP8X", bytes([flags, 0, 0, 0]) + (319).to_bytes(3, "little") + (239).to_bytes(3, "little"))
    return b"RIFF" + bytes(4) + b"WEBP" + head + b"".join(chunks)


def read(tmp_path: Path, data: bytes) -> Animation | None:
    path = tmp_path / "media"
    path.write_bytes(data)
    return animation(path)


def test_pictures_are_counted_with_their_delays(tmp_path: Path) -> None:
    found = read(tmp_path, webp(chunk(b"ANIM", bytes(6)), frame(200, b"odd"), chunk(b"????", b"x"), frame(300)))
    assert found == Animation(320, 240, 2, 0.5)


def test_delays_that_mean_nothing_are_100_ms(tmp_path: Path) -> None:
    found = read(tmp_path, webp(frame(0), frame(10), frame(11)))
    assert found is not None
    assert found.duration == pytest.approx(0.211)


@pytest.mark.parametrize("data", [webp(flags=0), webp()[:28], b"", b"RIFF????WAVE" + bytes(40)])
def test_other_files_are_no_animations(tmp_path: Path, data: bytes) -> None:
    assert read(tmp_path, data) is None


@pytest.mark.parametrize("end", [b"ANMF", b"ANMF\xff\xff\xff\xff", b"????\xff\xff\xff\xff", b"ANMF\x10\0\0\0cut off"])
def test_a_broken_end_is_left_out(tmp_path: Path, end: bytes) -> None:
    assert read(tmp_path, webp(frame(100), end)) == Animation(320, 240, 1, 0.1)
