"""Clips in rendered videos: cuts, freezes, shapes, rotation, colors, sound."""

import subprocess
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.css_filters import css
from tests.worker.rendering import PLAIN, RAMP, SMALL, Array, Decoded, Renderer, make_source, renderer
from worker.errors import CancelledError
from worker.job import AdjustedInterval, Adjustments, BaseVideo, Clip, ErrorCode, Job, PermanentError, WarningCode
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.render import render

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0)
TONE = "sine=f=440:r=48000:d=SECONDS"
CLICK_AT_1 = "aevalsrc='0.9*between(t,1,1.004)':s=48000:d=3"


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


def clip(source: str, duration: float | None = None, **fields: Any) -> Clip:
    return Clip.model_validate({"source": source, "duration": duration, **fields})


def close(color: Array, expected: tuple[int, int, int], tolerance: float = 12) -> bool:
    return bool(np.abs(color - expected).max() <= tolerance)


def corners(picture: Array, box: tuple[int, int, int, int]) -> list[Array]:
    """Colors at a quarter from each corner of a rectangle (left, top, right, bottom)."""
    left, top, right, bottom = box
    xs = (left + (right - left) // 4, right - (right - left) // 4)
    ys = (top + (bottom - top) // 4, bottom - (bottom - top) // 4)
    return [picture[y, x] for y in ys for x in xs]


def assert_upright(picture: Array, box: tuple[int, int, int, int]) -> None:
    for found, expected in zip(corners(picture, box), (RED, GREEN, BLUE, WHITE), strict=True):
        assert close(found, expected), (found, expected)


def test_cuts_fall_on_exact_frames_and_numbers_run_on(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=3)
    result = rendered(
        {"a": source}, clips=(clip("a", 0.7, **{"in": 1.0}), clip("a", 0.55), clip("a", 0.5, **{"in": 2}))
    )
    expected = [*range(30, 51), *range(17), *range(60, 75)]  # 21 frames, then to frame 37.5 -> 38, then to 52.5 -> 53
    assert result.frame_numbers() == expected
    measured = result.video.measured
    assert (measured.frames, measured.fps, measured.width, measured.height) == (53, 30.0, 270, 480)
    assert measured.duration == pytest.approx(53 / 30, abs=1e-3)


def test_a_short_source_freezes_and_falls_silent(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1, audio=TONE.replace("SECONDS", "1"))
    result = rendered({"a": source}, clips=(clip("a", 2.0), clip("a", 0.5)))
    assert result.frame_numbers() == [*range(30), *[29] * 30, *range(15)]
    assert result.loudness(0.1, 0.9) > 0.05
    assert result.loudness(1.1, 1.95) < 0.001
    assert result.loudness(2.1, 2.4) > 0.05
    assert [warning.code for warning in result.video.warnings] == [WarningCode.SOURCE_SHORT]


def test_to_the_end_of_the_source(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, seconds=1.5)
    assert len(rendered({"a": source}, clips=(clip("a"),)).pictures) == 45


def test_a_25_fps_source_keeps_its_pace(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, rate=25, seconds=2)
    numbers = rendered({"a": source}, clips=(clip("a", 2.0),)).frame_numbers()
    assert len(numbers) == 60
    assert max(abs(number / 25 - index / 30) for index, number in enumerate(numbers)) <= 0.04


def test_landscape_is_between_bars(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", size=(320, 180), seconds=0.2)
    picture = rendered({"a": source}, clips=(clip("a", 0.2),)).pictures[2]
    assert_upright(picture, (0, 164, 270, 316))
    assert close(picture[100, 135], BLACK)
    assert close(picture[400, 135], BLACK)


@pytest.mark.parametrize(
    ("turn", "order"),
    [
        ("90", (GREEN, WHITE, RED, BLUE)),
        ("-90", (BLUE, RED, WHITE, GREEN)),
        ("180", (WHITE, BLUE, GREEN, RED)),
        ("0 -display_hflip", (GREEN, RED, WHITE, BLUE)),
        ("0 -display_vflip", (BLUE, WHITE, RED, GREEN)),
    ],
)
def test_a_rotated_source_is_shown_as_a_player_would(
    tmp_path: Path, rendered: Renderer, turn: str, order: tuple[tuple[int, int, int], ...]
) -> None:
    lying = make_source(tmp_path / "lying.mp4", size=(320, 180), seconds=0.2)
    turned = tmp_path / "turned.mp4"
    command = [ffmpeg.executable(), "-v", "error", "-display_rotation", *turn.split(), "-i", str(lying), "-c", "copy"]
    subprocess.run([*command, str(turned)], check=True)
    picture = rendered({"a": turned}, clips=(clip("a", 0.2),)).pictures[2]
    box = (0, 0, 270, 480) if turn in {"90", "-90"} else (0, 164, 270, 316)
    assert [close(found, expected) for found, expected in zip(corners(picture, box), order, strict=True)] == [True] * 4


def test_pixels_that_arent_square_are_stretched(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", size=(160, 180), seconds=0.2, options=("-vf", "setsar=2"))
    square = make_source(tmp_path / "b.mp4", size=(320, 180), seconds=0.2)
    result = rendered({"a": source, "b": square}, clips=(clip("a", 0.2), clip("b", 0.2)))
    for picture in (result.pictures[2], result.pictures[8]):
        assert_upright(picture, (0, 164, 270, 316))
        assert close(picture[150, 135], BLACK)


@pytest.mark.parametrize("fit", ["cover", "stretch", "blur"])
def test_fits_without_bars(tmp_path: Path, rendered: Renderer, fit: str) -> None:
    source = make_source(tmp_path / "a.mp4", size=(320, 180), seconds=0.2)
    picture = rendered({"a": source}, clips=(clip("a", 0.2, fit=fit),)).pictures[2]
    if fit == "blur":
        assert_upright(picture, (0, 164, 270, 316))
        assert close(picture[60, 40], RED, 60)
        assert close(picture[440, 230], WHITE, 60)
    else:
        assert_upright(picture, (0, 0, 270, 480))


def test_a_still_plays_as_long_as_it_should(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", size=(320, 180), seconds=0.2)
    still = tmp_path / "media"
    colors = "scale=out_color_matrix=bt601:out_range=pc"  # a JPEG's
    command = [ffmpeg.executable(), "-v", "error", "-i", str(source), "-frames:v", "1", "-vf", colors]
    subprocess.run([*command, "-c:v", "mjpeg", "-f", "image2", "-update", "1", str(still)], check=True)
    result = rendered({"a": still}, clips=(clip("a", 1.0),))
    assert len(result.pictures) == 30
    assert_upright(result.pictures[29], (0, 164, 270, 316))


def test_adjustments_mean_what_css_means_in_the_encoded_video(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN.replace("606060", "8c6450"), size=(270, 480), seconds=1)
    adjustments = (
        Adjustments(),
        Adjustments(brightness=20, contrast=10, saturation=30),
        Adjustments(saturation=-100),
        Adjustments(hue=90),
        Adjustments(brightness=-30, hue=-45),
    )
    result = rendered({"a": source}, clips=tuple(clip("a", 0.2, adjustments=each) for each in adjustments))
    for index, each in enumerate(adjustments):
        found = result.pictures[index * 6 + 3][240, 135]
        assert np.abs(found - css(np.array([[0x8C, 0x64, 0x50]], float), each)[0]).max() <= 3.5, (each, found)


def test_intervals_of_a_base_video_switch_on_exact_frames(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", size=(270, 480), seconds=1)
    grey = AdjustedInterval(start=0.3, end=0.6, adjustments=Adjustments(saturation=-100))
    result = rendered({"a": source}, base=BaseVideo(source="a"), adjustments=(grey,))
    is_red = [close(picture[100, 60], RED, 30) for picture in result.pictures]
    assert is_red == [not 9 <= index < 18 for index in range(30)]


def test_a_strong_interval_leaves_the_other_frames_alone(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", PLAIN.replace("606060", "8c6450"), size=(270, 480), seconds=1)
    strong = Adjustments(brightness=60, contrast=80, saturation=100)
    interval = AdjustedInterval(start=0.3, end=0.6, adjustments=strong)
    result = rendered({"a": source}, base=BaseVideo(source="a"), adjustments=(interval,))
    plain = np.array([[0x8C, 0x64, 0x50]], float)
    for index, picture in enumerate(result.pictures):
        wanted = css(plain, strong)[0] if 9 <= index < 18 else plain[0]
        assert np.abs(picture[240, 135] - wanted).max() <= 5, index


def test_sound_is_where_the_picture_is(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", seconds=3, audio=CLICK_AT_1)
    mute = make_source(tmp_path / "b.mp4", seconds=1)
    media = {"a": source, "b": mute}
    result = rendered(media, clips=(clip("b", 0.5), clip("a", 1.5, **{"in": 0.8}), clip("a", 0.7, **{"in": 0.5})))
    assert len(result.sound) / 48_000 == pytest.approx(result.video.measured.duration, abs=0.03)
    loud = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3) / 48_000
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > 0.1) + 1)
    assert [float(group[0]) for group in groups] == [pytest.approx(t, abs=0.005) for t in (0.7, 2.5)]


def test_volume(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", seconds=2, audio=TONE.replace("SECONDS", "2"))
    result = rendered({"a": source}, clips=(clip("a", 1.0), clip("a", 1.0, volume=0.5)))
    assert result.loudness(1.2, 1.8) / result.loudness(0.2, 0.8) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_a_base_videos_sound_stays_in_step(tmp_path: Path, rendered: Renderer, codec: str) -> None:
    source = make_source(tmp_path / "a.mov", seconds=3, audio=CLICK_AT_1, options=("-c:a", codec, "-ar", "44100"))
    result = rendered({"a": source}, base=BaseVideo(source="a"))
    rate = 44_100 if codec == "aac" else 48_000  # copied, or encoded
    onset = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3)[0] / rate
    assert onset == pytest.approx(1.0, abs=0.005)


def test_a_late_and_mono_sound_track(tmp_path: Path, rendered: Renderer) -> None:
    late = "aevalsrc='0.9*between(t,0.5,0.504)':s=8000:d=2:c=mono"
    source = make_source(tmp_path / "a.mkv", seconds=2, audio=late, options=("-c:a", "pcm_s16le"))
    result = rendered({"a": source}, clips=(clip("a", 2.0),))
    assert result.sound.shape[1] == 2
    assert np.flatnonzero(np.abs(result.sound[:, 1]) > 0.3)[0] / 48_000 == pytest.approx(0.5, abs=0.005)


def test_the_file_is_what_players_want(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", seconds=3, options=("-metadata", "location=+45+004/"))
    result: Decoded = rendered({"a": source}, clips=(clip("a", 3.0),))
    data = result.video.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"+45+004" not in data
    with av.open(str(result.video.path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.profile, video.codec_context.pix_fmt) == ("h264", "High", "yuv420p")
        assert (audio.codec_context.name, audio.codec_context.sample_rate) == ("aac", 48_000)
        context = video.codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        keys = [float(p.pts * p.time_base) for p in container.demux(video) if p.is_keyframe and p.pts is not None]
        assert keys == [0.0, 2.0]
    with av.open(str(result.video.thumbnail)) as container:
        frame = next(container.decode(video=0))
        assert (frame.width, frame.height, container.streams.video[0].codec_context.name) == (270, 480, "mjpeg")


@pytest.mark.parametrize("content", [b"", b"no video at all" * 1000, b"ffconcat version 1.0\nfile a.mp4\n"])
def test_what_isnt_a_video_is_a_permanent_error(tmp_path: Path, content: bytes) -> None:
    make_source(tmp_path / "a.mp4", seconds=0.2)
    (tmp_path / "media").write_bytes(content)
    job = Job(job_id="j", video_id="v", clips=(clip("x", 1.0, pointer="/segments/0/video_url"),), output=SMALL)
    with pytest.raises(PermanentError) as caught:
        render(job, {"x": tmp_path / "media"}, RenderContext(tmp_path))
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/segments/0/video_url")
    assert str(tmp_path) not in caught.value.message


def test_a_cut_off_source_plays_what_it_has(tmp_path: Path, rendered: Renderer) -> None:
    whole = make_source(tmp_path / "a.mkv", RAMP, seconds=2)
    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    result = rendered({"a": cut}, clips=(clip("a", 2.0),))
    numbers = result.frame_numbers()
    assert len(numbers) == 60
    assert numbers[:10] == list(range(10))
    assert numbers[-1] == numbers[-10]


def test_a_clip_after_the_end_of_its_data_is_named(tmp_path: Path) -> None:
    whole = make_source(tmp_path / "a.mp4", RAMP, seconds=4, options=("-g", "15", "-movflags", "+faststart"))
    cut = tmp_path / "cut"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    clips = (clip("a", 1.0, pointer="/clips/0/source"), clip("b", 1.0, **{"in": 3.0, "pointer": "/clips/1/source"}))
    with pytest.raises(PermanentError) as caught:
        render(
            Job(job_id="j", video_id="v", clips=clips, output=SMALL), {"a": whole, "b": cut}, RenderContext(tmp_path)
        )
    assert (caught.value.code, caught.value.pointer) == (ErrorCode.MEDIA_UNDECODABLE, "/clips/1/source")


def test_a_cancelled_render_ends(tmp_path: Path) -> None:
    source = make_source(tmp_path / "a.mp4", seconds=1)
    job = Job(job_id="j", video_id="v", clips=(clip("a", 60.0),))
    shares: list[float] = []
    context = RenderContext(tmp_path, on_progress=shares.append, cancelled=lambda: len(shares) > 3)
    with pytest.raises(CancelledError):
        render(job, {"a": source}, context)


def test_a_transport_stream_starts_where_it_should(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(
        tmp_path / "a.ts",
        RAMP,
        seconds=3,
        audio=CLICK_AT_1,
        options=("-g", "300", "-output_ts_offset", "5", "-ar", "48000"),
    )
    result = rendered({"a": source}, clips=(clip("a", 1.0, **{"in": 0.8}),))
    numbers = result.frame_numbers()
    assert len(numbers) == 30
    assert numbers == [pytest.approx(24 + index, abs=1) for index in range(30)]
    assert np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3)[0] / 48_000 == pytest.approx(0.2, abs=0.03)


def test_sound_that_ends_before_the_in_point_is_silence(tmp_path: Path, rendered: Renderer) -> None:
    short = TONE.replace("SECONDS", "0.5") + ",apad=whole_dur=0.5"
    options = ("-map", "0:v", "-map", "1:a", "-t", "2")
    source = tmp_path / "a.mp4"
    mute = make_source(tmp_path / "mute.mp4", seconds=2)
    command = [ffmpeg.executable(), "-v", "error", "-i", str(mute), "-f", "lavfi", "-i", short, *options]
    subprocess.run([*command, "-c:v", "copy", "-c:a", "aac", str(source)], check=True)
    result = rendered({"a": source}, clips=(clip("a", 0.5), clip("a", 0.5, **{"in": 1.2}), clip("a", 0.5)))
    assert len(result.pictures) == 45
    assert result.loudness(0.1, 0.4) > 0.05
    assert result.loudness(0.55, 0.95) < 0.001
    assert result.loudness(1.1, 1.4) > 0.05
