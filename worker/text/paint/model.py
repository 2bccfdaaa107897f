"""What a painted text is, and what it costs. Needs no Skia: the planner and the painter's parent process read it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

RAW_SUFFIX, PNG_SUFFIX = ".rgba", ".png"
"""Suffixes of picture files: raw pixels take no time, PNG takes less space."""

_RAW_BYTES = 256 * 1024**2
"""Largest file of raw pixels, in bytes; a longer animation is compressed."""


_OVERLAID_BYTES, _BLURRED_BYTES = 16, 24
"""FFmpeg's bytes per pixel: of a picture as RGBA, as YUVA and as it waits; of a backdrop's mask, copies and blur."""


def overlaid_bytes(pixels: int, blurred_pixels: int) -> int:
    """FFmpeg's memory to lay a text's picture, and its backdrop, over the video (`tests/worker/test_memory.py`)."""
    return _OVERLAID_BYTES * pixels + _BLURRED_BYTES * blurred_pixels


def is_raw(width: int, height: int, frames: int) -> bool:
    """Whether pictures are stored as raw pixels, four bytes each, and not as PNGs."""
    return 4 * width * height * frames <= _RAW_BYTES


@dataclass(frozen=True)
class Backdrop:
    """The video behind a box, to be blurred: a rectangle in pixels of the output, and the standard deviation of the
    blur in pixels. Masks of the rectangle's size are white where it shows."""

    x: int
    y: int
    width: int
    height: int
    sigma: float


@dataclass(frozen=True)
class Overlay:
    """A painted text: the size of its pictures, and their top left corner on the output (even numbers, since the
    video's color planes are halved).

    An animated text has several pictures, and its backdrop as many masks: `enter_frames` of the entrance, one at rest,
    `exit_frames` of the exit.
    """

    x: int
    y: int
    width: int
    height: int
    backdrop: Backdrop | None = None
    enter_frames: int = 0
    exit_frames: int = 0

    @property
    def is_animated(self) -> bool:
        """Whether there is more than one frame."""
        return bool(self.enter_frames or self.exit_frames)

    @property
    def frame_count(self) -> int:
        """Number of frames."""
        return self.enter_frames + 1 + self.exit_frames


@dataclass(frozen=True)
class Cost:
    """What a text costs: seconds of a processor and bytes of disk to paint it; bytes of FFmpeg's memory to lay it over
    the video."""

    cpu_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    disk_bytes: Annotated[int, Field(ge=0)]
    memory_bytes: Annotated[int, Field(ge=0)]
