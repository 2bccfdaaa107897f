"""Every kind of source that hotels upload: codecs, bit depths, HDR, interlacing, odd sizes and sound; output codecs."""

import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from tests.worker.rendering import PLAIN, QUADRANTS, RAMP, Array, Renderer, make_source, picture_at, probe, renderer
from worker.job import BaseVideo, Clip, Job, Output
from worker.video import ffmpeg


@pytest.fixture
def rendered(tmp_path: Path) -> Renderer:
    """See `renderer`."""
    return renderer(tmp_path)


COLORS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255))


def quadrants(picture: Array) -> list[Array]:
    """Colors of the four quarters of a 16:9 picture between bars."""
    return [picture[y, x] for y in (200, 280) for x in (60, 210)]


def assert_colors(picture: Array, tolerance: float = 14) -> None:
    for found, expected in zip(quadrants(picture), COLORS, strict=True):
        assert np.abs(found - expected).max() <= tolerance, (found, expected)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("hevc.mp4", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")),
        ("hevc10.mp4", ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error")),
        ("vp9.webm", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-b:v", "2M")),
        ("av1.mp4", ("-c:v", "libsvtav1", "-preset", "12", "-crf", "20")),
        ("prores.mov", ("-c:v", "prores_ks", "-profile:v", "3")),
        ("mpeg2.mpg", ("-c:v", "mpeg2video", "-q:v", "2")),
        ("mjpeg.avi", ("-c:v", "mjpeg", "-q:v", "2", "-vf", "scale=in_range=tv:out_range=pc,format=yuvj422p")),
        ("444.mkv", ("-c:v", "libx264", "-pix_fmt", "yuv444p", "-profile:v", "high444")),
        ("full.mp4", ("-c:v", "libx264", "-vf", "scale=in_range=tv:out_range=pc", "-color_range", "pc")),
    ],
)  # fmt: skip
def test_codecs(tmp_path: Path, rendered: Renderer, name: str, options: tuple[str, ...]) -> None:
    source = make_source(tmp_path / name, QUADRANTS, size=(640, 360), seconds=0.5, options=options)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.4),))
    assert result.video.measured.frames == 12
    # MPEG-2 and MJPEG don't say which matrix they used: below 720 lines, BT.601 is taken, as players do.
    assert_colors(result.pictures[6], 40 if name.startswith(("mpeg2", "mjpeg")) else 14)


@pytest.mark.parametrize(("transfer", "code"), [("smpte2084", "pq"), ("arib-std-b67", "hlg")])
def test_hdr_is_tone_mapped(tmp_path: Path, rendered: Renderer, transfer: str, code: str) -> None:
    hdr = (
        "zscale=pin=709:min=709:tin=709:rin=tv:t=linear:npl=203,format=gbrpf32le,zscale=p=2020,"
        f"zscale=t={transfer}:m=2020_ncl:r=tv:npl=203,format=yuv420p10le"
    )
    tags = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")
    options = ("-vf", hdr, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", *tags)
    source = make_source(
        tmp_path / "a.mp4", PLAIN.replace("606060", "a06040"), size=(320, 180), seconds=0.4, options=options
    )
    assert probe(source).transfer == code
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.4),))
    color = result.pictures[5][240, 135]
    assert np.abs(color - (0xA0, 0x60, 0x40)).max() < 32, color
    assert color[0] > color[1] > color[2]


@pytest.mark.parametrize(("nits", "level"), [(50, 142), (100, 190), (203, 231), (1000, 253)])
def test_white_in_hdr_is_nearly_white_and_highlights_are_kept_apart(
    tmp_path: Path, rendered: Renderer, nits: float, level: float
) -> None:
    """50 and 100 nits: (nits / 203) ** (1 / 2.4). PQ's curve is SMPTE ST 2084's."""
    light = (nits / 10_000) ** 0.1593017578125
    luma = round(64 + 876 * ((0.8359375 + 18.8515625 * light) / (1 + 18.6875 * light)) ** 78.84375)
    grey = f"color=black:s=64x64:r=RATE:d=SECONDS,format=yuv420p10le,geq=lum={luma}:cb=512:cr=512"
    tags = "setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"
    options = ("-c:v", "ffv1")
    source = make_source(tmp_path / "a.mkv", f"{grey},{tags}", size=(64, 64), seconds=0.2, options=options)
    output = Output.model_validate({"width": 64, "height": 64, "quality": "draft"})
    result = rendered({"a": source}, output=output, clips=(Clip(source="a", duration=0.1),))
    assert result.pictures[1][32, 32] == pytest.approx([level] * 3, abs=3)


def test_interlaced_pictures_have_no_combs(tmp_path: Path, rendered: Renderer) -> None:
    moving = (
        "color=black:s=WxH:r=60:d=SECONDS,format=yuv420p,geq=lum='if(between(X,8*N,8*N+60),235,16)':cb=128:cr=128,"
        "setfield=tff,tinterlace=interleave_top,setfield=tff"
    )
    options = ("-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ilme+ildct")
    source = make_source(tmp_path / "a.mpg", moving, size=(270, 480), seconds=1, options=options)
    assert probe(source).interlaced
    result = rendered({"a": source}, clips=(Clip(source="a", duration=0.3),))
    luma = result.pictures[4].mean(axis=2)
    combs = np.abs(luma[100:300:2] - luma[101:301:2]).mean()
    assert combs < 2


def test_variable_frame_rate_keeps_its_times(tmp_path: Path, rendered: Renderer) -> None:
    steady = make_source(tmp_path / "a.mp4", RAMP, rate=30, seconds=2)
    source = tmp_path / "vfr.mp4"
    uneven = "select='lt(n,20)+gt(n,40)+not(mod(n,5))'"
    command = [ffmpeg.executable(), "-v", "error", "-i", str(steady), "-vf", uneven, "-fps_mode", "vfr", "-crf", "8"]
    subprocess.run([*command, str(source)], check=True)
    numbers = rendered({"a": source}, clips=(Clip(source="a", duration=2.0),)).frame_numbers()
    assert numbers[:20] == list(range(20))
    assert numbers[20:41] == [pytest.approx(5 * (index // 5), abs=1) for index in range(20, 41)]
    assert numbers[41:] == list(range(41, 60))


def test_an_edit_list_is_honoured(tmp_path: Path, rendered: Renderer) -> None:
    clicks = "aevalsrc='0.9*between(t,1.5,1.504)':s=48000:d=3"
    whole = make_source(tmp_path / "a.mp4", RAMP, seconds=3, audio=clicks, options=("-g", "300", "-bf", "2"))
    cut = tmp_path / "cut.mp4"  # starts between key frames: the file says what to skip
    subprocess.run(
        [ffmpeg.executable(), "-v", "error", "-ss", "1", "-i", str(whole), "-c", "copy", str(cut)], check=True
    )
    result = rendered({"a": cut}, clips=(Clip(source="a", duration=1.0),))
    assert result.frame_numbers() == [pytest.approx(30 + index, abs=1) for index in range(30)]
    onset = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3)[0] / 48_000
    assert onset == pytest.approx(0.5, abs=0.025)


def test_a_negative_start(tmp_path: Path, rendered: Renderer) -> None:
    options = ("-output_ts_offset", "-0.5", "-avoid_negative_ts", "disabled", "-c:a", "pcm_s16le")
    clicks = "aevalsrc='0.9*between(t,1,1.004)':s=48000:d=2"
    source = make_source(tmp_path / "a.mkv", RAMP, seconds=2, audio=clicks, options=options)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=1.5),))
    numbers = result.frame_numbers()
    onset = np.flatnonzero(np.abs(result.sound[:, 0]) > 0.3)[0] / 48_000
    assert numbers[10] - numbers[0] == 10
    assert onset * 30 + numbers[0] == pytest.approx(30, abs=1)  # the click still falls on frame 30 of the source


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_sound_of_any_rate_and_layout(tmp_path: Path, rendered: Renderer, layout: str, rate: int) -> None:
    count = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    each = "|".join(["0.2*sin(2*PI*440*t)*gt(t,0.5)"] * count)
    options = ("-c:a", "pcm_s16le", "-ar", str(rate))
    tone = f"aevalsrc='{each}':c={layout}:s={rate}:d=2"
    source = make_source(tmp_path / "a.mov", PLAIN, seconds=2, audio=tone, options=options)
    result = rendered({"a": source}, clips=(Clip(source="a", duration=2.0),))
    assert np.flatnonzero(np.abs(result.sound[:, 0]) > 0.05)[0] / 48_000 == pytest.approx(0.5, abs=0.005)
    level = result.loudness(0.7, 1.8)
    assert level == pytest.approx(0.1414, rel=0.05) if layout != "5.1" else 0.14 < level < 0.55
    assert np.abs(result.sound[:, 0] - result.sound[:, 1]).max() < 0.01


@pytest.mark.parametrize("size", [(322, 182), (1, 1), (2, 300), (641, 359)])
def test_odd_sizes(tmp_path: Path, rendered: Renderer, size: tuple[int, int]) -> None:
    still = tmp_path / "a.png"
    command = [ffmpeg.executable(), "-v", "error", "-f", "lavfi", "-i", f"color=red:s={size[0]}x{size[1]}"]
    subprocess.run([*command, "-frames:v", "1", str(still)], check=True)
    for fit in ("contain", "cover", "blur"):
        result = rendered({"a": still}, clips=(Clip.model_validate({"source": "a", "duration": 0.2, "fit": fit}),))
        assert result.pictures[3][240, 134][0] > 200
        shutil.rmtree(tmp_path / "work")


@pytest.mark.parametrize(("codec", "name"), [("h264", "h264"), ("h265", "hevc"), ("av1", "av1")])
def test_codecs_out(tmp_path: Path, rendered: Renderer, codec: str, name: str) -> None:
    source = make_source(tmp_path / "a.mp4", QUADRANTS, size=(640, 360), seconds=3)
    output = Output.model_validate({"width": 270, "height": 480, "codec": codec})
    result = rendered({"a": source}, clips=(Clip(source="a", duration=2.5),), output=output)
    assert result.video.measured.frames == len(result.pictures) == 75
    assert_colors(result.pictures[30])
    with av.open(str(result.video.path)) as container:
        video = container.streams.video[0]
        context = video.codec_context
        assert {"libdav1d": "av1"}.get(context.name, context.name) == name
        assert context.codec_tag == {"h264": "avc1", "h265": "hvc1", "av1": "av01"}[codec]
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert float((video.start_time or 0) * (video.time_base or 0)) == 0.0
        keys = [float(p.pts * p.time_base) for p in container.demux(video) if p.is_keyframe and p.pts is not None]
        assert keys == [0.0, 2.0]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("reordered.mp4", ("-preset", "medium", "-x264-params", "bframes=8:b-pyramid=normal")),
        ("open.ts", ("-preset", "medium", "-x264-params", "open-gop=1:keyint=10")),
        ("fields.mp4", ("-preset", "medium", "-flags", "+ildct+ilme", "-x264-params", "tff=1")),
        ("fragments.mp4", ("-movflags", "frag_keyframe+empty_moov")),
        ("headless.hevc", ("-c:v", "libx265", "-x265-params", "log-level=error", "-an")),
        ("hidden.webm", ("-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-c:a", "libvorbis")),
        ("flash.flv", ("-c:v", "flv", "-ar", "22050")),
        ("windows.wmv", ("-c:v", "wmv2", "-c:a", "wmav2")),
        ("moving.gif", ("-c:v", "gif", "-an")),
    ],
)
def test_decoding_one_packet_is_enough_for_the_probe(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    """The probe decodes one packet and lets the opening decode none: its results must be those of a player."""
    source = make_source(tmp_path / name, size=(320, 240), seconds=1, audio="sine=440:d=1", options=options)
    found = probe(source)
    with av.open(str(source)) as container:
        stream, sound = container.streams.video[0], next(iter(container.streams.audio), None)
        picture = next(container.decode(stream))
        start, length = container.start_time or 0, (stream.duration or 0) * float(stream.time_base or 0)
        end = float((stream.start_time or 0) * (stream.time_base or 0)) + length if length else None
        seconds = (container.duration or 0) / 1e6 if end is None else end - start / 1e6
        assert (found.width, found.height) == (picture.width, picture.height) == (320, 240)
        assert (found.pixel_format, found.interlaced) == (picture.format.name, picture.interlaced_frame)
        assert found.fps == float(stream.average_rate or stream.guessed_rate or 0)
        assert found.duration == pytest.approx(seconds or 1.0)  # H.265 without a container: counted
        assert (found.sound and found.sound.channels) == (sound and sound.channels)


def test_a_base_video_with_a_late_first_picture(tmp_path: Path, rendered: Renderer) -> None:
    source = make_source(tmp_path / "a.mp4", RAMP, size=(270, 480), seconds=1)
    result = rendered({"a": source}, base=BaseVideo(source="a"))
    assert result.frame_numbers() == list(range(30))


def test_colors_are_sampled_only_if_they_are_adjusted(tmp_path: Path) -> None:
    """They decide how colors are adjusted (worker/video/plan/color.py)."""
    source = make_source(tmp_path / "a.mp4", QUADRANTS, seconds=0.5)
    plain = {"job_id": "j", "video_id": "v", "clips": [{"source": "a", "duration": 0.5}]}
    edited = {**plain, "clips": [{"source": "a", "duration": 0.5, "adjustments": {"hue": 20}}]}
    found = [
        probe(source, Job.model_validate(job)).colors
        for job in (plain, edited, {**plain, "adjustments": [{"start": 0, "end": 1, "adjustments": {"contrast": 5}}]})
    ]
    assert found[0] == ""
    assert found[1] == found[2]
    colors = np.frombuffer(bytes.fromhex(found[1]), np.uint8).reshape(16, 16, 3).astype(int)
    picture = picture_at(source, 0)
    for row, column in ((3, 3), (3, 12), (12, 3), (12, 12)):
        y, x = int((row + 0.5) * picture.shape[0] / 16), int((column + 0.5) * picture.shape[1] / 16)
        assert np.abs(colors[row, column] - picture[y, x]).max() <= 6


def test_the_probe_counts_the_memory_that_opening_a_file_takes(tmp_path: Path) -> None:
    video = make_source(tmp_path / "a.mp4", RAMP, seconds=0.5)
    noise = "nullsrc=s=WxH:d=0.04,geq=random(1)*255:128:128,format=rgb24"
    cover = make_source(tmp_path / "cover.png", noise, size=(800, 800), options=["-c:v", "png", "-frames:v", "1"])
    command = [ffmpeg.executable(), "-v", "error", "-i", str(video), "-i", str(cover), "-map", "0:v", "-map", "1:v"]
    covered = tmp_path / "covered.mp4"
    subprocess.run([*command, "-c", "copy", "-disposition:v:1", "attached_pic", str(covered)], check=True)
    plain, size = probe(video).open_bytes, cover.stat().st_size
    assert size > 500_000
    assert plain + 0.9 * size < probe(covered).open_bytes < plain + 3 * size
