"""Painted texts laid over the joined picture. Pure: overlays in, filter chains out.

A text's picture is read once and repeated by `overlay` itself; of an animated one there is a picture for each frame
that it moves in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worker.video.plan import Input, Inputs, between

if TYPE_CHECKING:  # whoever only plans needs no Skia
    from worker.text.paint import Backdrop, Overlay

BARE_SUFFIX, PACKED_SUFFIX = ".rgba", ".png"
"""Of the files that pictures are written to: pixels as they are cost no time, PNG less room."""

_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class PlacedOverlay:
    """A painted text, the files of its pictures, and the frames `first` to `last` (included) that show it."""

    overlay: "Overlay"
    first: int
    last: int
    path: Path
    mask: Path | None = None
    """Of the overlay's backdrop."""

    @property
    def held(self) -> int:
        """Frames for which an animated text stands still."""
        return self.last - self.first + 1 - self.overlay.coming - self.overlay.going


def chains(overlays: Sequence[PlacedOverlay], inputs: Inputs, fps: int, prefix: str = "") -> list[str]:
    """From the pad `joined` to `picture`; all pads' names begin with `prefix`."""
    made: list[str] = []
    last = f"{prefix}joined"
    for index, placed in enumerate(overlays):
        made += _overlaid(placed, inputs, last, f"{prefix}t{index}", fps)
        last = f"{prefix}t{index}"
    return [*made, f"[{last}]{_TAGS},format=yuv420p[{prefix}picture]"]


def _overlaid(placed: PlacedOverlay, inputs: Inputs, below: str, label: str, fps: int) -> list[str]:
    """A text over the picture `below`."""
    made: list[str] = []
    overlay = placed.overlay
    times = _animated(placed)
    backdrop = overlay.backdrop
    if backdrop is not None and placed.mask is not None:
        mask = inputs.add(_pictures(placed.mask, (backdrop.width, backdrop.height), fps))
        made += _blurred(backdrop, mask, placed, times, fps=fps, below=below, label=label)
        below = f"{label}behind"
    number = inputs.add(_pictures(placed.path, (overlay.width, overlay.height), fps))
    filters = ["scale=in_range=pc:out_range=tv:out_color_matrix=bt709", "format=yuva420p", *times]
    if overlay.is_animated:
        filters.append(f"setpts=(N+{placed.first})/{fps}/TB")
    made.append(f"[{number}:0]{','.join(filters)}[{label}rgba]")
    shown = between(f"overlay={overlay.x}:{overlay.y}", placed.first, placed.last)
    made.append(f"[{below}][{label}rgba]{shown}[{label}]")
    return made


def _pictures(path: Path, size: tuple[int, int], fps: int) -> Input:
    """Pictures of one size in one file, one after the other: bare pixels, or PNG where that would be a large file."""
    if path.suffix == PACKED_SUFFIX:
        return Input(path, ("-f", "png_pipe", "-framerate", str(fps)))
    shape = ("-pixel_format", "rgba", "-video_size", f"{size[0]}x{size[1]}")
    return Input(path, ("-f", "rawvideo", *shape, "-framerate", str(fps)))


def _animated(placed: PlacedOverlay) -> list[str]:
    """Filters that hold an animated text's middle picture."""
    overlay = placed.overlay
    if not overlay.is_animated or placed.held == 1:
        return []
    return [f"loop=loop={placed.held - 1}:size=1:start={overlay.coming + 1}"]  # it counts from 1


def _blurred(
    backdrop: "Backdrop", mask: int, placed: PlacedOverlay, times: Sequence[str], *, fps: int, below: str, label: str
) -> list[str]:
    """The rectangle behind a box, blurred, put back where the mask is white."""
    cut = f"crop={backdrop.width}:{backdrop.height}:{backdrop.x}:{backdrop.y}"
    blur = between(f"gblur=sigma={backdrop.sigma:.6g}", placed.first, placed.last)
    shown = between(f"overlay={backdrop.x}:{backdrop.y}", placed.first, placed.last)
    masked = ["scale=out_range=pc", "format=gray", *times]
    if placed.overlay.is_animated:  # a mask for each frame of the video
        masked += [f"tpad=start={placed.first}:start_mode=clone", f"setpts=N/{fps}/TB"]
    return [
        f"[{below}]split[{label}a][{label}b]",
        f"[{label}b]{cut},{blur}[{label}c]",
        f"[{mask}:0]{','.join(masked)}[{label}m]",
        f"[{label}c][{label}m]alphamerge[{label}d]",
        f"[{label}a][{label}d]{shown}[{label}behind]",
    ]
