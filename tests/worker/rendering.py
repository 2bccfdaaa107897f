"""Sources made by FFmpeg, and rendered videos decoded: for the tests of the renderer."""

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from worker.job import Clip, Job, Output
from worker.probe.client import probe_process
from worker.probe.model import Probe
from worker.probe.pending_probe import probe_files
from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.render import render
from worker.video.result import Video

Array = npt.NDArray[np.float64]

QUADRANTS = (
    "color=red:s=W2xH2:r=RATE:d=SECONDS,format=gbrp[a];color=lime:s=W2xH2:r=RATE:d=SECONDS,format=gbrp[b];"
    "color=blue:s=W2xH2:r=RATE:d=SECONDS,format=gbrp[c];color=white:s=W2xH2:r=RATE:d=SECONDS,format=gbrp[d];"
    "[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack,"
    "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,setsar=1,"
    "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)
"""Red, green, blue, white from the top left: shows turns, mirrors, crops and bars."""

PLAIN = (
    "color=0x606060:s=WxH:r=RATE:d=SECONDS,format=gbrp,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
    "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)
"""One color."""

RAMP = (
    "color=black:s=WxH:r=RATE:d=SECONDS,format=yuv420p,geq=lum='30+2*N':cb=128:cr=128,"
    "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
)
"""Grey frames that carry their number: luma 30 + 2 n."""


@dataclass(frozen=True)
class Decoded:
    """A rendered video: `pictures` are RGB 0..255, one per frame; `sound` is samples x channels, -1..1."""

    pictures: list[Array]
    sound: Array
    video: Video

    def frame_numbers(self) -> list[int]:
        """Which source frame each frame of a video made from `RAMP` shows."""
        return [round(value) for value in self.frame_values()]

    def frame_values(self) -> list[float]:
        """The same before rounding: one level of luma, which an encoder may add or remove, is half a frame."""
        middle = [picture[picture.shape[0] // 2, picture.shape[1] // 2, 0] for picture in self.pictures]
        return [float(value / 255 * 219 + 16 - 30) / 2 for value in middle]

    def loudness(self, start: float, end: float) -> float:
        """Root mean square of the sound between two times."""
        return float(np.sqrt(np.mean(self.sound[round(start * 48_000) : round(end * 48_000)] ** 2)))


def make_source(
    path: Path,
    pattern: str = QUADRANTS,
    *,
    size: tuple[int, int] = (320, 180),
    rate: int = 30,
    seconds: float = 2.0,
    audio: str | None = None,
    options: Sequence[str] = (),
) -> Path:
    """Make a video with FFmpeg. `audio` is a lavfi source; `options` are output options that come last."""
    graph = pattern
    for name, value in (
        ("W2", size[0] // 2),
        ("H2", size[1] // 2),
        ("WxH", f"{size[0]}x{size[1]}"),
        ("RATE", rate),
        ("SECONDS", seconds),
    ):
        graph = graph.replace(name, str(value))
    command = [ffmpeg.executable(), "-v", "error", "-f", "lavfi", "-i", graph]
    if audio:
        command += ["-f", "lavfi", "-i", audio]
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-c:a", "aac", "-shortest"]
    subprocess.run([*command, *options, "-y", str(path)], check=True)
    return path


def probe(path: Path, job: Job | None = None) -> Probe:
    """The worker's probe of a file that is a job's source `a`."""
    job = job or Job(job_id="j", video_id="v", clips=(Clip(source="a", duration=1.0),))
    with probe_process([path]) as process:
        return probe_files(job, {"a": path}, process).wait().probes["a"]


def decode(video: Video) -> Decoded:
    """Decode a rendered video, with BT.709's arithmetic done here and not by the code under test."""
    with av.open(str(video.path)) as container:
        pictures = [_to_rgb(frame) for frame in container.decode(video=0)]
    with av.open(str(video.path)) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)] if container.streams.audio else []
    sound = np.concatenate(blocks, axis=1).T.astype(float) if blocks else np.zeros((0, 2))
    return Decoded(pictures, sound, video)


def picture_at(path: Path, number: int) -> Array:
    """One frame of a file as RGB, 0..255."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return _to_rgb(frames[number])


def _to_rgb(frame: av.VideoFrame) -> Array:
    assert frame.format.name == "yuv420p"
    planes = frame.to_ndarray().astype(float)
    height, width = frame.height, frame.width
    flat = planes.reshape(-1)
    y = (flat[: height * width].reshape(height, width) - 16) / 219
    chroma = flat[height * width :].reshape(2, height // 2, width // 2)
    u, v = ((np.repeat(np.repeat(plane, 2, axis=0), 2, axis=1) - 128) / 224 for plane in chroma)
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    return np.clip(np.stack([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue], axis=-1) * 255, 0, 255)


Renderer = Callable[..., Decoded]

SMALL = Output(width=270, height=480, quality="high")
"""A quarter of the canvas each way: everything scales, and tests are quick."""


def renderer(tmp_path: Path) -> Renderer:
    """Renders a job from `media` (path by URL) and its fields, and decodes it."""

    def rendered(media: dict[str, Path], **fields: Any) -> Decoded:
        job = Job(job_id="j", video_id="v", **{"output": SMALL, **fields})
        workdir = tmp_path / "work"
        workdir.mkdir()
        return decode(render(job, media, RenderContext(workdir)))

    return rendered
