"""A base video that doesn't change is copied, packet by packet, if it has the output's form; else it is encoded."""

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.worker.rendering import RAMP, SMALL, Renderer, make_source, renderer
from worker.job import AdjustedInterval, Adjustments, Audio, BaseVideo, Output, Text

TONE = "sine=f=440:r=48000:d=2"
SIZE = (SMALL.width, SMALL.height)
ROOMY = ("-crf", "30", "-preset", "medium", "-bf", "3", "-metadata", "comment=home")


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def base(path: Path, *options: str, audio: str | None = TONE, rate: int = 30) -> Path:
    return make_source(path, RAMP, size=SIZE, rate=rate, seconds=2, audio=audio, options=(*ROOMY, *options))


def packets(path: Path) -> list[int]:
    """Sizes of the video's packets: a fingerprint of the stream without its header."""
    with av.open(str(path)) as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]


def is_copied(source: Path, result: Path) -> bool:
    ours, theirs = packets(result), packets(source)
    return ours[1:] == theirs[1:]  # the first holds the header, whose colors are rewritten


def test_an_unchanged_base_video_is_copied(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4")
    result = rendered({"a": source}, base=BaseVideo(source="a"))
    assert is_copied(source, result.video.path)
    assert result.frame_numbers() == list(range(60))
    assert (result.video.measured.frames, result.video.measured.fps) == (60, 30.0)
    assert result.video.measured.duration == pytest.approx(2.0, abs=1e-3)
    assert result.loudness(0.2, 1.8) > 0.05
    assert result.video.thumbnail.stat().st_size
    data = result.video.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"home" not in data
    with av.open(str(result.video.path)) as container:
        context = container.streams.video[0].codec_context
        assert [context.color_primaries, context.color_trc, context.colorspace, context.color_range] == [1, 1, 1, 1]


def test_silence_is_added_to_a_copied_picture(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4", audio=None)
    result = rendered({"a": source}, base=BaseVideo(source="a"))
    assert is_copied(source, result.video.path)
    assert len(result.sound) == pytest.approx(96_000, abs=2048)


def test_a_picture_is_copied_under_another_sound(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4")
    track = make_source(tmp_path / "m.mp4", RAMP, seconds=3, audio="sine=f=2000:r=48000:d=3")
    result = rendered({"a": source, "m": track}, base=BaseVideo(source="a"), audio=Audio(soundtrack="m"))
    assert is_copied(source, result.video.path)
    assert result.frame_numbers() == list(range(60))
    spectrum = np.abs(np.fft.rfft(result.sound[24_000:72_000, 0]))
    assert {int(peak) for peak in np.argsort(spectrum)[-2:]} == {440, 2000}
    assert len(result.sound) == pytest.approx(96_000, abs=2048)


@pytest.mark.parametrize(
    "fields",
    [
        {"adjustments": (AdjustedInterval(start=0, end=1, adjustments=Adjustments(brightness=10)),)},
        {"output": Output(width=180, height=320)},
        {"output": SMALL.model_copy(update={"fps": 25})},
        {"output": SMALL.model_copy(update={"codec": "h265"})},
        {"texts": (Text(content="Bienvenue"),)},
        {"output": SMALL.model_copy(update={"hls": True})},
    ],
    ids=["adjusted", "size", "rate", "codec", "text", "ladder"],
)
def test_what_is_changed_is_encoded(tmp_path: Path, rendered: Renderer, fields: dict[str, Any]) -> None:
    source = base(tmp_path / "a.mp4")
    result = rendered({"a": source}, base=BaseVideo(source="a"), **fields)
    assert not is_copied(source, result.video.path)


@pytest.mark.parametrize(
    "options",
    [
        ("-vf", "settb=1/90000,setpts='(N+0.4*eq(mod(N,7),3))*3000'", "-fps_mode", "vfr", "-enc_time_base", "filter"),
        ("-crf", "0", "-vf", "noise=alls=100:allf=t"),
        ("-pix_fmt", "yuv444p"),
        ("-vf", "setsar=4/3"),
        ("-color_range", "pc"),
    ],
    ids=["off the beat", "large", "4:4:4", "oblong pixels", "full range"],
)
def test_what_isnt_in_the_outputs_form_is_encoded(tmp_path: Path, rendered: Renderer, options: tuple[str, ...]) -> None:
    source = base(tmp_path / "a.mp4", *options)
    result = rendered({"a": source}, base=BaseVideo(source="a"))
    assert not is_copied(source, result.video.path)
    assert result.video.measured.frames in {59, 60}
