"""Files beside a video: renditions, a ladder for adaptive streaming, an animated preview."""

import re
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from tests.worker.rendering import PLAIN, QUADRANTS, RAMP, Decoded, Renderer, make_source, picture_at, renderer
from worker.job import Clip, Output, Position, Rendition, Text, Thumbnail
from worker.job.style import Style
from worker.video import ffmpeg
from worker.video.hls import codec_name, head
from worker.video.plan.encoders import Encoding
from worker.video.result import Extra


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


TONE = "sine=f=440:r=48000:d=SECONDS"


def extra(result: Decoded, name: str) -> Extra:
    return next(each for each in result.video.extras if each.name == name)


def test_renditions_show_the_same_frames_in_their_own_sizes_and_codecs(tmp_path: Path, rendered: Renderer) -> None:
    output = Output(
        width=270,
        height=480,
        renditions=(
            Rendition(name="small", width=136, height=240),
            Rendition(name="square", width=240, height=240, codec="h265", quality="draft"),
        ),
    )
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1, audio=TONE.replace("SECONDS", "1"))
    result = rendered({"a": source}, clips=(Clip(source="a", duration=1.0),), output=output)
    assert [(each.name, each.suffix) for each in result.video.extras] == [
        ("small", "/small.mp4"),
        ("square", "/square.mp4"),
    ]
    for name, size, codec in (("small", (136, 240), "h264"), ("square", (240, 240), "hevc")):
        with av.open(str(extra(result, name).path)) as container:
            stream = container.streams.video[0]
            assert (stream.width, stream.height, stream.codec_context.name, stream.frames) == (*size, codec, 30)
            assert len(container.streams.audio) == 1
            middle = [frame.to_ndarray()[size[1] // 2, size[0] // 2] for frame in container.decode(video=0)]
            assert [round((int(luma) - 30) / 2) for luma in middle] == list(range(30))
    assert result.frame_numbers() == list(range(30))


def test_another_shape_is_composed_separately_with_its_texts(tmp_path: Path, rendered: Renderer) -> None:
    bar = Text(
        content=".",
        position=Position(x=540, y=960),
        style=Style.model_validate({"background": (255, 255, 255, 1.0), "padding": (100, 400, 100, 400)}),
    )
    output = Output(width=270, height=480, renditions=(Rendition(name="square", width=240, height=240),))
    source = make_source(tmp_path / "a.mp4", QUADRANTS, seconds=1)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.5),), texts=(bar,), output=output)
    square = picture_at(extra(result, "square").path, 5)
    assert square.shape == (240, 240, 3)
    # 320x180 fits a square in 240 x 136 (even), from line 52 on; the bar keeps to the canvas' middle.
    assert np.abs(square[:50]).max() < 12
    assert np.abs(square[60, 20] - (255, 0, 0)).max() < 24
    assert np.abs(square[120, 80:160] - 255).max() < 24


def test_a_rung_of_any_size_is_described_by_its_head(tmp_path: Path) -> None:
    path = tmp_path / "rung.mp4"
    with path.open("wb") as file:
        file.write(b"\0\0\0\x1favcC\x01\x64\x00\x28")
        file.truncate(1 << 30)
    found = head(path)
    assert len(found) < 1 << 20
    assert codec_name(found, "h264") == "avc1.640028"


def test_a_ladder_whose_rungs_change_at_the_same_frames(tmp_path: Path, rendered: Renderer) -> None:
    output = Output(width=810, height=540, hls=True, quality="draft", fps=25)
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(320, 180), seconds=3, rate=25)
    cut = (Clip(source="a", duration=2.6), Clip(source="a", duration=3.0), Clip(source="a", duration=3.0))
    result = rendered({"a": source}, clips=cut, output=output)
    suffixes = [each.suffix for each in result.video.extras]
    assert suffixes == ["/hls/540p.m4s", "/hls/540p.m3u8", "/hls/480p.m4s", "/hls/480p.m3u8", "/hls/master.m3u8"]
    master = extra(result, "hls").path
    listed = master.read_text().splitlines()
    assert [line for line in listed if line and not line.startswith("#")] == ["540p.m3u8", "480p.m3u8"]
    assert "RESOLUTION=810x540,FRAME-RATE=25" in master.read_text()
    assert "RESOLUTION=720x480" in master.read_text()
    lengths = [
        [line for line in (master.parent / f"{rung}.m3u8").read_text().splitlines() if line.startswith("#EXTINF")]
        for rung in ("540p", "480p")
    ]
    assert lengths[0] == lengths[1]
    assert [float(line[8:-1]) for line in lengths[0]] == [4.0, 4.0, pytest.approx(0.6)]
    played = subprocess.run(
        [ffmpeg.executable(), "-v", "error", "-i", "480p.m3u8", "-f", "framehash", "-"],
        cwd=master.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert played.stderr == ""
    assert sum(line.startswith("0,") for line in played.stdout.splitlines()) == 215


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("h264", r"avc1\.6400[0-9A-F]{2}"),
        ("h265", r"hvc1\.1\.6\.L\d+(\.[0-9A-F]+)*"),
        ("av1", r"av01\.0\.\d\dM\.08"),
    ],
)
def test_a_ladder_names_its_codecs_and_bandwidths(tmp_path: Path, rendered: Renderer, codec: str, name: str) -> None:
    output = Output(width=270, height=480, hls=True, quality="draft").model_copy(update={"codec": codec})
    source = make_source(tmp_path / "a.mp4", PLAIN, size=(320, 180), seconds=1)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.5),), output=output)
    master = extra(result, "hls").path
    line = rf'RESOLUTION=270x480,FRAME-RATE=30\.000,CODECS="{name},mp4a\.40\.2"\n270p\.m3u8\n'
    assert re.search(line, master.read_text()), master.read_text()
    bandwidth = re.search(r":BANDWIDTH=(\d+)", master.read_text())
    assert bandwidth is not None
    fragment = re.search(r"BYTERANGE:(\d+)@", (master.parent / "270p.m3u8").read_text().partition("#EXTINF")[2])
    assert fragment is not None
    assert int(bandwidth[1]) == pytest.approx(int(fragment[1]) * 8 / 0.5, abs=1)


@pytest.mark.parametrize("codec", ["h264", "h265", "av1"])
def test_a_ladder_of_confetti_still_fits_through_a_line(tmp_path: Path, codec: str) -> None:
    noise = "nullsrc,geq=lum=random(1)*255:cb=128:cr=128,format=yuv420p,trim=duration=6"
    source = make_source(tmp_path / "a.mp4", noise, size=(240, 426), seconds=6, rate=30)
    peaks = []
    for hls in (True, False):
        folder = tmp_path / f"hls-{hls}"
        folder.mkdir()
        output = Output(width=240, height=426, hls=hls, quality="draft").model_copy(update={"codec": codec})
        result = renderer(folder)({"a": source}, clips=(Clip(source="a", duration=6.0),), output=output)
        peaks.append(8 * result.video.bytes / result.video.measured.duration)
    most = Encoding.of(output).streamed(240 * 426).limit.bits
    assert peaks[0] < 1.4 * most + 160_000 < peaks[1]  # a player's buffer of two seconds more, and the sound


def brightness(jpeg: Path) -> float:
    """Luma, 0 to 255, in the middle of a JPEG."""
    with av.open(str(jpeg)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="gray")
    return float(frame[frame.shape[0] // 2, frame.shape[1] // 2])


@pytest.mark.parametrize(("time", "number"), [(0.0, 0), (1.5, 45), (59.0, 59)])
def test_the_thumbnail_is_the_moment_that_was_asked_for(
    tmp_path: Path, rendered: Renderer, time: float, number: int
) -> None:
    small = Rendition(name="small", width=136, height=240)
    output = Output(width=270, height=480, thumbnail=Thumbnail(time=time), renditions=(small,))
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=2, rate=30)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=2.0),), output=output)
    luma = (30 + 2 * number - 16) * 255 / 219  # RAMP's frames carry their number; JPEG's range is full
    assert brightness(result.video.thumbnail) == pytest.approx(luma, abs=1.1)


def test_a_moving_preview_of_three_seconds(tmp_path: Path, rendered: Renderer) -> None:
    output = Output(width=270, height=480, thumbnail=Thumbnail(time=0.4, animated=True))
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=3, rate=30)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=3.0),), output=output)
    preview = extra(result, "preview")
    assert (preview.suffix, preview.content_type) == (".webp", "image/webp")
    data = preview.path.read_bytes()
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WEBP"
    frames = [match.end() for match in re.finditer(b"ANMF", data)]
    assert len(frames) > 20  # the encoder leaves out what doesn't differ
    # https://developers.google.com/speed/webp/docs/riff_container#animation
    lasting = [int.from_bytes(data[start + 16 : start + 19], "little") for start in frames]
    assert sum(lasting) == pytest.approx(3000, abs=100)


def test_a_plain_video_has_no_extras(tmp_path: Path, rendered: Renderer) -> None:
    result = rendered({"a": make_source(tmp_path / "a.mp4", seconds=1)}, clips=(Clip(source="a", duration=0.5),))
    assert result.video.extras == ()
