"""A base video that is to stay as it is is copied, packet by packet, if it is what would be made; else encoded."""

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
    """Sizes of the video's packets: the stream's fingerprint, whatever its header says."""
    with av.open(str(path)) as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]


def is_copied(source: Path, made: Path) -> bool:
    ours, theirs = packets(made), packets(source)
    return ours[1:] == theirs[1:]  # the first holds the header, whose colours are written anew


def test_an_untouched_base_video_is_copied(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4")
    made = rendered({"a": source}, base=BaseVideo(source="a"))
    assert is_copied(source, made.video.path)
    assert made.frame_numbers() == list(range(60))
    assert (made.video.frames, made.video.fps) == (60, 30.0)
    assert made.video.duration == pytest.approx(2.0, abs=1e-3)
    assert made.loudness(0.2, 1.8) > 0.05
    assert made.video.thumbnail.stat().st_size
    data = made.video.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"home" not in data
    with av.open(str(made.video.path)) as container:
        context = container.streams.video[0].codec_context
        assert [context.color_primaries, context.color_trc, context.colorspace, context.color_range] == [1, 1, 1, 1]


def test_silence_is_added_to_a_copied_picture(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4", audio=None)
    made = rendered({"a": source}, base=BaseVideo(source="a"))
    assert is_copied(source, made.video.path)
    assert made.video.has_sound
    assert len(made.sound) == pytest.approx(96_000, abs=2048)


def test_a_picture_is_copied_under_another_sound(tmp_path: Path, rendered: Renderer) -> None:
    source = base(tmp_path / "a.mp4")
    track = make_source(tmp_path / "m.mp4", RAMP, seconds=3, audio="sine=f=2000:r=48000:d=3")
    made = rendered({"a": source, "m": track}, base=BaseVideo(source="a"), audio=Audio(soundtrack="m"))
    assert is_copied(source, made.video.path)
    assert made.frame_numbers() == list(range(60))
    spectrum = np.abs(np.fft.rfft(made.sound[24_000:72_000, 0]))
    assert {int(peak) for peak in np.argsort(spectrum)[-2:]} == {440, 2000}
    assert len(made.sound) == pytest.approx(96_000, abs=2048)


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
    made = rendered({"a": source}, base=BaseVideo(source="a"), **fields)
    assert not is_copied(source, made.video.path)


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
def test_what_isnt_fit_to_be_shown_is_encoded(tmp_path: Path, rendered: Renderer, options: tuple[str, ...]) -> None:
    source = base(tmp_path / "a.mp4", *options)
    made = rendered({"a": source}, base=BaseVideo(source="a"))
    assert not is_copied(source, made.video.path)
    assert made.video.frames in {59, 60}
