"""Inspects a finished video: its properties by decoding it, and a contact sheet."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import imageio_ffmpeg

FRAMES = 6
"""Frames per video on a contact sheet."""


@dataclass(frozen=True)
class Inspection:
    """Properties of a video file, counted by decoding it."""

    width: int
    height: int
    fps: float
    frames: int
    has_sound: bool
    megabytes: float

    @property
    def duration(self) -> float:
        """Duration of the video stream, in seconds."""
        return self.frames / self.fps


def inspect(path: Path) -> Inspection:
    """Decode a file's video stream completely. Raises av.FFmpegError if it can't be decoded."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        frames = sum(1 for _ in container.decode(stream))
        return Inspection(
            width=stream.codec_context.width,
            height=stream.codec_context.height,
            fps=float(rate) if rate else 0.0,
            frames=frames,
            has_sound=bool(container.streams.audio),
            megabytes=path.stat().st_size / 1e6,
        )


def contact_sheet(videos: Sequence[Path], target: Path) -> Path:
    """Draw a row of frames for each video. Raises subprocess.CalledProcessError if FFmpeg fails."""
    rows = []
    inputs: list[str] = []
    for index, video in enumerate(videos):
        seen = inspect(video)
        every = max(seen.frames // FRAMES, 1)
        inputs += ["-i", str(video)]
        rows.append(f"[{index}:v]select=not(mod(n-{every // 2}\\,{every})),scale=240:-2,tile={FRAMES}x1[row{index}]")
    stack = "".join(f"[row{index}]" for index in range(len(videos))) + f"vstack=inputs={len(videos)}"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *inputs]
    command += ["-filter_complex", ";".join([*rows, stack]), "-frames:v", "1", "-q:v", "3", str(target)]
    subprocess.run(command, check=True)
    return target
