"""Drawn jobs whose parts are rendered elsewhere and joined: each video is that of one worker, picture by picture, and
sample by sample."""

import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.worker.rendering import make_source
from tests.worker.sharing import alone_and_joined, share_small_videos
from worker.job import Audio, Clip, Job, Output, Position, Text, Transition
from worker.video.plan.encoders import Encoding

MOVING = "testsrc2=s=WxH:r=RATE:d=SECONDS,format=yuv420p"
"""Each frame shows its number."""

TONE = "sine=f=440:r=44100:d=SECONDS"


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("media")
    return {
        "a": make_source(folder / "a.mp4", MOVING, seconds=9, audio=TONE.replace("SECONDS", "9")),
        "b": make_source(folder / "b.mp4", MOVING, rate=25, seconds=9, options=["-bf", "3", "-g", "50"]),
        "c": make_source(folder / "c.mkv", MOVING, rate=60, seconds=9, audio=TONE.replace("SECONDS", "9")),
        "d": make_source(folder / "d.png", MOVING, seconds=0.04, options=["-c:v", "png", "-frames:v", "1"]),
    }


@pytest.fixture(autouse=True)
def _small_videos_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    share_small_videos(monkeypatch)


def drawn(seed: int) -> dict[str, Any]:
    """Fields of a job of 8 to 13 s."""
    draw = random.Random(seed)  # noqa: S311  a test's
    clips = tuple(
        Clip(
            source=draw.choice("aabbccd"),
            in_point=draw.choice([0, draw.uniform(0, 2.9)]),
            duration=draw.uniform(3.0, 4.5),
            speed=draw.choice([1.0, 1.0, 1.0, 0.5, 1.37]),
            fit=draw.choice(["contain", "cover", "blur", "stretch"]),
            motion=draw.choice(["none", "none", "zoom-out", "pan-up"]),
            transition=Transition(type=draw.choice(["cut", "crossfade", "fade-black", "slide", "zoom"]), duration=0.5),
        )
        for _ in range(3)
    )
    texts = (Text(content="L'été à Nîmes", start=draw.uniform(0, 2), end=5.5, position=Position(x=540, y=600)),)
    codec = draw.choice(["h264", "h264", "h264", "h265", "av1"])
    output = Output(
        width=270, height=480, fps=draw.choice([24, 25, 30, 50, 60]), codec=codec,
        quality=draw.choice(["draft", "standard", "high"]), hls=False,
    )  # fmt: skip
    audio = Audio(soundtrack=draw.choice(["c", None]), loop=True, loudness=draw.choice([-16, None]))
    return {"clips": clips, "texts": texts, "output": output, "audio": audio}


def printed(*options: str | Path) -> str:
    """What FFmpeg prints."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *map(str, options)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("seed", range(30))
def test_pictures_and_sound_are_those_of_one_worker(
    tmp_path: Path, media: dict[str, Path], monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Encoded without loss: every bit."""
    monkeypatch.setattr(Encoding, "_codec", lambda _: ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"))
    fields = drawn(seed)
    output = fields["output"].model_copy(update={"codec": "h264"})
    job = Job(job_id="j", video_id="v", **{**fields, "output": output})
    paths = alone_and_joined(tmp_path, media, job)
    for stream in ("0:v", "0:a"):
        alone, joined = (printed("-i", path, "-map", stream, "-f", "framemd5", "-") for path in paths)
        assert alone == joined, stream


@pytest.mark.parametrize(
    ("codec", "quality", "likeness"),
    [
        ("h264", "draft", 0.99),
        ("h264", "standard", 0.99),
        ("h264", "high", 0.99),
        ("av1", "standard", 0.99),
        # Its encoder decides by what it has seen before, in many ways.
        ("h265", "standard", 0.97),
    ],
)
def test_an_encoder_decides_as_in_the_whole(
    tmp_path: Path, media: dict[str, Path], codec: str, quality: str, likeness: float
) -> None:
    """H.264's key frames depend on the frames before them by less than a thousandth of a quantizer, which still may
    change a macroblock, and what is predicted from it."""
    output = Output.model_validate({"width": 270, "height": 480, "codec": codec, "quality": quality})
    job = Job(job_id="j", video_id="v", **{**drawn(3), "output": output})
    alone, joined = alone_and_joined(tmp_path, media, job)
    ssim = printed("-i", alone, "-i", joined, "-lavfi", "ssim=stats_file=-", "-f", "null", os.devnull)
    values = sorted(float(value) for value in re.findall(r"All:([0-9.]+)", ssim))
    assert values[0] >= likeness
    assert codec == "h265" or values[len(values) // 4] >= 0.999
    assert joined.stat().st_size == pytest.approx(alone.stat().st_size, rel=0.01)
