"""Pictures for lists of videos, out of the finished file: a few moving seconds as WebP, and a JPEG of a video that was
taken over as it is (of any other the render itself writes it)."""

from pathlib import Path

from worker.video import encoding, ffmpeg

_MOVING_SECONDS, _MOVING_FPS = 3.0, 10
_MOVING_PX = 320
"""Of the moving picture's longer side."""


def thumbnail(video: Path, target: Path, at_seconds: float) -> None:
    """A JPEG of one moment."""
    seek = ("-ss", f"{max(at_seconds, 0):.6f}", "-i", f"file:{video}")
    shown = ("-an", "-vf", encoding.JPEG_COLOURS, *encoding.JPEG)
    ffmpeg.run((*seek, *shown, "-y", f"file:{target}"), workdir=target.parent)


def moving(video: Path, target: Path, at_seconds: float, duration: float) -> None:
    """Three seconds from a time on, or the last three, as an endless WebP; its colours are BT.601, as WebP's are."""
    start = max(min(at_seconds, duration - _MOVING_SECONDS), 0.0)
    seek = ("-ss", f"{start:.6f}", "-t", f"{_MOVING_SECONDS:g}", "-i", f"file:{video}")
    size = f"scale={_MOVING_PX}:{_MOVING_PX}:force_original_aspect_ratio=decrease:force_divisible_by=2"
    colours = "in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=tv"
    filters = f"fps={_MOVING_FPS},{size}:{colours},format=yuv420p"
    webp = ("-an", "-vf", filters, "-c:v", "libwebp_anim", "-quality", "60", "-loop", "0", "-f", "webp")
    ffmpeg.run((*seek, *webp, "-y", f"file:{target}"), workdir=target.parent)
