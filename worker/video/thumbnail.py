"""Thumbnails from a finished video: three moving seconds as WebP, and a JPEG if the video was copied (if it is encoded,
the same run of FFmpeg writes the JPEG)."""

from pathlib import Path

from worker.video import ffmpeg
from worker.video.context import RenderContext
from worker.video.plan import encoders

_ANIMATED_SECONDS, _ANIMATED_FPS = 3.0, 10
_ANIMATED_PX = 320
"""Longer side of the animated thumbnail, in pixels."""


def write_thumbnail(video: Path, target: Path, at_seconds: float) -> None:
    """Write the frame at a time as a JPEG."""
    seek = ("-ss", f"{max(at_seconds, 0):.6f}", "-i", f"file:{video}")
    frame = ("-an", "-vf", encoders.JPEG_COLORS, *encoders.JPEG)
    ffmpeg.run((*seek, *frame, "-y", f"file:{target}"), RenderContext(target.parent))


def write_animated_thumbnail(video: Path, target: Path, at_seconds: float, duration: float) -> None:
    """Write three seconds from a time on, or the last three, as an endless WebP, whose colors are BT.601."""
    start = max(min(at_seconds, duration - _ANIMATED_SECONDS), 0.0)
    seek = ("-ss", f"{start:.6f}", "-t", f"{_ANIMATED_SECONDS:g}", "-i", f"file:{video}")
    size = f"scale={_ANIMATED_PX}:{_ANIMATED_PX}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    colors = "in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=tv"
    filters = f"fps={_ANIMATED_FPS},{size}:{colors},format=yuv420p"
    webp = ("-an", "-vf", filters, "-c:v", "libwebp_anim", "-quality", "60", "-loop", "0", "-f", "webp")
    ffmpeg.run((*seek, *webp, "-y", f"file:{target}"), RenderContext(target.parent))
