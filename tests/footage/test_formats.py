"""Two FFmpegs read sources: PyAV's in the probe, and the renderer's. Both know each format that may be opened."""

import subprocess
from pathlib import Path

import av
import pytest

from tests.footage import marked
from tests.worker.rendering import probe
from worker.probe import formats
from worker.video import ffmpeg

UNKNOWN_TO_PYAV = {
    "webp_anim",  # worker/probe/webp.py
    "libvorbis",  # PyAV's FFmpeg has `vorbis`
}


def known_to_renderer(kind: str) -> set[str]:
    command = [ffmpeg.executable(), "-hide_banner", kind]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    return {name for line in lines if len(line.split()) > 1 for name in line.split()[1].split(",")}


def is_decoder(name: str) -> bool:
    try:
        av.Codec(name, "r")
    except av.codec.codec.UnknownCodecError:
        return False
    return True


@pytest.mark.slow
def test_every_decoder_is_known_to_both() -> None:
    allowed = set(formats.DECODERS.split(","))
    assert allowed <= known_to_renderer("-decoders")
    assert {name for name in allowed if not is_decoder(name)} == UNKNOWN_TO_PYAV


@pytest.mark.slow
def test_a_codec_has_one_name_whichever_decoder_reads_it(tmp_path: Path) -> None:
    """Estimates of memory and processor time go by it; AV1 is read by libdav1d."""
    source = marked.make(tmp_path / "a.mp4", ("-c:v", "libsvtav1", "-preset", "10"), (), shown=range(3))
    assert probe(source).codec == "av1"


@pytest.mark.slow
def test_every_container_is_known_to_both() -> None:
    allowed = set(formats.SOUND_CONTAINERS.split(","))
    assert allowed <= known_to_renderer("-demuxers")
    known = {name for names in av.formats_available for name in names.split(",")}
    assert allowed - known == UNKNOWN_TO_PYAV & allowed
