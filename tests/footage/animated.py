"""Animations that Pillow writes: GIF, APNG and WebP, with delays and transparency of their own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from tests.footage import marked

_OPTIONS: dict[str, dict[str, Any]] = {
    ".avif": {"quality": 90, "subsampling": "4:4:4"},
    ".gif": {"disposal": 2},
    ".png": {"disposal": 1},
    ".webp": {"lossless": True, "exact": True},
}
"""Each picture is cleared before the next."""


def make(path: Path, *, shown: Sequence[int], delays: Sequence[int], transparent: bool = False) -> Path:
    """Make an animation that shows the numbers `shown`, each for some milliseconds. `transparent`: white pictures whose
    alpha are the numbers."""
    side = marked.SIDE
    masks = [Image.frombytes("L", (side, side), marked.frames([number])).point(_levels) for number in shown]
    pictures = [_see_through(mask) if transparent else mask.convert("RGB") for mask in masks]
    options = {"append_images": pictures[1:], "duration": list(delays), "loop": 0, **_OPTIONS[path.suffix]}
    pictures[0].save(path, save_all=True, **options)
    return path


def _levels(value: int) -> int:
    return 255 if value > 127 else 0


def _see_through(mask: Image.Image) -> Image.Image:
    picture = Image.new("RGBA", mask.size, "white")
    picture.putalpha(mask)
    return picture
