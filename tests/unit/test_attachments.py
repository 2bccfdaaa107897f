"""Attachments of Matroska files are made unreadable; everything else stays."""

import subprocess
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worker.rendering import RAMP, make_source
from worker.media.attachments import void_attachments
from worker.video import ffmpeg


def frames(path: Path) -> list[tuple[int | None, bytes]]:
    with av.open(str(path)) as container:
        return [(packet.pts, bytes(packet)) for packet in container.demux(video=0)]


@pytest.mark.slow
@pytest.mark.parametrize("size", [5, 300, 200_000])
def test_attachments_are_ignored_and_frames_stay(tmp_path: Path, size: int) -> None:
    attached = tmp_path / "font.ttf"
    attached.write_bytes(b"\x01" * size)
    source = make_source(tmp_path / "a.mkv", RAMP, seconds=1)
    path = tmp_path / "media"
    command = [ffmpeg.executable(), "-v", "error", "-i", str(source), "-attach", str(attached)]
    options = ["-metadata:s:t", "mimetype=application/x-truetype-font", "-c", "copy", "-f", "matroska"]
    subprocess.run([*command, *options, str(path)], check=True)
    before = frames(path)
    length = path.stat().st_size
    with av.open(str(path)) as container:
        assert len(container.streams) == 2
    assert void_attachments(path)
    assert path.stat().st_size == length
    assert frames(path) == before
    with av.open(str(path)) as container:
        assert [stream.type for stream in container.streams] == ["video"]
    assert not void_attachments(path)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.mp4", "a.avi", "a.mkv", "a.ts"])
def test_other_files_are_unchanged(tmp_path: Path, name: str) -> None:
    path = make_source(tmp_path / name, RAMP, seconds=0.5)
    before = path.read_bytes()
    assert not void_attachments(path)
    assert path.read_bytes() == before


@given(st.binary(max_size=200), st.lists(st.sampled_from([b"\x19\x41\xa4\x69", b"\xec", b"\x1f\x43\xb6\x75", b"\xff"])))
def test_nonsense_is_left_alone_or_voided(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes, ids: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("ebml") / "media"
    body = b"".join(each + bytes([0x80 | len(tail[:100])]) + tail[:100] for each in ids)
    data = b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" + body + tail
    path.write_bytes(data)
    void_attachments(path)
    assert len(path.read_bytes()) >= len(data)
    void_attachments(path)
