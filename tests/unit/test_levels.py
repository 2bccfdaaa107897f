"""Every output of the contract opens in its encoder, and no file exceeds the bit rate of the level that it names."""

import subprocess
from pathlib import Path
from typing import Any

import av
import imageio_ffmpeg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from worker.job import Output, limits
from worker.video.plan.encoders import CONTAINER
from worker.video.plan.levels import rate_limit
from worker.video.plan.output_files import OutputSpec, files

MOST, LEAST = limits.OUTPUT_PIXELS_MAX, limits.OUTPUT_PIXELS_MIN
FPS = (24, 25, 30, 50, 60)

sides = st.integers(LEAST // 2, MOST // 2).map(lambda half: 2 * half) | st.sampled_from([LEAST, 1080, 1920, MOST])
outputs = st.fixed_dictionaries(
    {
        "width": sides,
        "height": sides,
        "fps": st.sampled_from(FPS),
        "codec": st.sampled_from(["h264", "h265", "av1"]),
        "quality": st.sampled_from(["draft", "standard", "high"]),
        "hls": st.booleans(),
    }
)


def encode(picture: str, spec: OutputSpec, path: Path, *options: str) -> None:
    """Encode a made picture by the worker's own options. Raises CalledProcessError where the encoder refuses."""
    source = ("-f", "lavfi", "-i", picture, *options, "-pix_fmt", "yuv420p")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *source, *spec.encoding.video_options()]
    subprocess.run([*command, *CONTAINER, "-y", path], check=True, capture_output=True)


def packets(path: Path) -> list[tuple[float, int]]:
    """Times in seconds and bits of a video's packets, in the order of decoding."""
    with av.open(str(path)) as container:
        return [
            (float(packet.dts * packet.time_base), 8 * packet.size)
            for packet in container.demux(video=0)
            if packet.size and packet.dts is not None and packet.time_base is not None
        ]


def highest_fill(path: Path, rate: int) -> float:
    """The highest fill in bits of a buffer that drains at `rate`: what a decoder of the stream needs."""
    fill = most = last = 0.0
    for now, bits in packets(path):
        fill = max(fill - (now - last) * rate, 0.0) + bits
        last, most = now, max(most, fill)
    return most


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(outputs)
def test_every_size_and_rate_of_the_contract_has_a_level(fields: dict[str, Any]) -> None:
    for spec in files(Output.model_validate(fields)):
        encoding = spec.encoding
        most = rate_limit(encoding.codec, spec.size, encoding.fps)
        assert 100_000 <= encoding.limit.bits <= most.bits
        assert encoding.limit.buffer <= most.buffer


@pytest.mark.parametrize(
    ("codec", "size", "fps", "megabits"),
    [
        ("h264", (1080, 1920), 30, 25),  # level 4, High profile
        ("h264", (1080, 1920), 60, 62.5),
        ("h264", (480, 854), 30, 17.5),
        ("h264", (3840, 3840), 60, 300),
        ("h265", (1080, 1920), 30, 12),
        ("h265", (3840, 3840), 60, 60),
        ("av1", (1080, 1920), 30, 0.75 * 12),
        ("av1", (16, 3840), 24, 0.75 * 30),  # only level 5 has so long a side
    ],
)
def test_the_limit_is_the_lowest_levels(codec: str, size: tuple[int, int], fps: int, megabits: float) -> None:
    assert rate_limit(codec, size, fps).bits == round(1_000_000 * megabits)


@pytest.mark.slow
@settings(max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(fields=outputs)
@example(fields={"width": MOST, "height": MOST, "fps": 60, "codec": "av1", "quality": "draft", "hls": True})
@example(fields={"width": MOST, "height": MOST, "fps": 60, "codec": "h264", "quality": "draft", "hls": True})
@example(fields={"width": MOST, "height": MOST, "fps": 60, "codec": "h265", "quality": "draft", "hls": True})
@example(fields={"width": LEAST, "height": LEAST, "fps": 24, "codec": "h264", "quality": "draft", "hls": True})
@example(fields={"width": LEAST, "height": MOST, "fps": 60, "codec": "av1", "quality": "high", "hls": False})
def test_every_output_of_the_contract_opens_in_its_encoder(
    fields: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("opens")
    for spec in files(Output.model_validate(fields)):
        width, height = spec.size
        encode(f"testsrc=size={width}x{height}:rate={spec.encoding.fps}", spec, folder / spec.file, "-frames:v", "1")


@pytest.mark.slow
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_noise_stays_within_the_buffer_of_its_level(codec: str, tmp_path: Path) -> None:
    spec, path = noise(codec, tmp_path, seconds=2)
    limit = spec.encoding.limit
    assert highest_fill(path, limit.bits) <= 1.1 * limit.buffer


@pytest.mark.slow
def test_noise_in_av1_stays_below_the_rate_of_its_level(tmp_path: Path) -> None:
    _, path = noise("av1", tmp_path, seconds=4)
    assert sum(bits for _, bits in packets(path)) / 4 <= 10_000_000  # level 3.1


def noise(codec: str, folder: Path, *, seconds: int) -> tuple[OutputSpec, Path]:
    (spec,) = files(Output.model_validate({"width": 480, "height": 720, "codec": codec, "quality": "draft"}))
    width, height = spec.size
    picture = f"nullsrc=size={width}x{height}:rate={spec.encoding.fps}:duration={seconds},geq=random(1)*255:128:128"
    encode(picture, spec, folder / "noise.mp4")
    return spec, folder / "noise.mp4"
