"""The filter chains that overlay painted texts on the joined picture. Pure: overlays in, filter chains out.

A static text's picture is read once and repeated by `overlay` itself; an animated text has one picture per frame in
which it moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from worker.text.paint.model import PNG_SUFFIX, Backdrop, Overlay
from worker.video.plan.render_plan import Input, Inputs, between
from worker.video.plan.timeline import Timeline

_TAGS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


@dataclass(frozen=True)
class PlacedOverlay:
    """A painted text, the files of its pictures, and the frames `first` to `last` (inclusive) that show it; `first` is
    negative on an excerpt that begins while the text is visible."""

    overlay: Overlay
    first: int
    last: int
    path: Path
    mask: Path | None = None
    """File of the backdrop's masks."""

    def moved(self, first: int) -> "PlacedOverlay":
        """The same on an excerpt that begins at the frame `first`."""
        return replace(self, first=self.first - first, last=self.last - first)

    @property
    def held(self) -> int:
        """Number of frames in which an animated text doesn't move."""
        return self.last - self.first + 1 - self.overlay.enter_frames - self.overlay.exit_frames


def chains(overlays: Sequence[PlacedOverlay], inputs: Inputs, timeline: Timeline, prefix: str = "") -> list[str]:
    """Filter chains from the pad `joined` to `picture`; all pads' names begin with `prefix`."""
    chains: list[str] = []
    last = f"{prefix}joined"
    for index, placed in enumerate(overlays):
        chains += _overlaid(placed, inputs, last, f"{prefix}t{index}", timeline.fps)
        last = f"{prefix}t{index}"
    # Of an excerpt: `overlay` goes on while a text moves that is visible beyond it.
    is_longer = any(placed.last >= timeline.frames for placed in overlays)
    cut = f"trim=end_frame={timeline.frames}," if is_longer else ""
    return [*chains, f"[{last}]{cut}{_TAGS},format=yuv420p[{prefix}picture]"]


def _overlaid(placed: PlacedOverlay, inputs: Inputs, below: str, label: str, fps: int) -> list[str]:
    """Chains that overlay a text on the picture `below`."""
    chains: list[str] = []
    overlay = placed.overlay
    times = _animated(placed)
    backdrop = overlay.backdrop
    if backdrop is not None and placed.mask is not None:
        mask = inputs.add(_pictures(placed.mask, (backdrop.width, backdrop.height), fps))
        chains += _blurred(backdrop, mask, placed, times, fps=fps, below=below, label=label)
        below = f"{label}behind"
    number = inputs.add(_pictures(placed.path, (overlay.width, overlay.height), fps))
    filters = ["scale=in_range=pc:out_range=tv:out_color_matrix=bt709", "format=yuva420p", *times]
    if overlay.is_animated:
        filters.append(f"setpts=(N+{max(placed.first, 0)})/{fps}/TB")
    chains.append(f"[{number}:0]{','.join(filters)}[{label}rgba]")
    shown = between(f"overlay={overlay.x}:{overlay.y}", placed.first, placed.last)
    chains.append(f"[{below}][{label}rgba]{shown}[{label}]")
    return chains


def _pictures(path: Path, size: tuple[int, int], fps: int) -> Input:
    """Input of pictures of one size in one file: raw pixels, or PNG."""
    if path.suffix == PNG_SUFFIX:
        return Input(path, ("-f", "png_pipe", "-framerate", str(fps)))
    shape = ("-pixel_format", "rgba", "-video_size", f"{size[0]}x{size[1]}")
    return Input(path, ("-f", "rawvideo", *shape, "-framerate", str(fps)))


def _animated(placed: PlacedOverlay) -> list[str]:
    """Filters that repeat an animated text's middle picture while it doesn't move, and drop those before an excerpt."""
    overlay = placed.overlay
    if not overlay.is_animated:
        return []
    held = []
    if placed.held != 1:
        held = [f"loop=loop={placed.held - 1}:size=1:start={overlay.enter_frames + 1}"]  # it counts from 1
    return held if placed.first >= 0 else [*held, f"trim=start_frame={-placed.first}"]


def _blurred(
    backdrop: Backdrop, mask: int, placed: PlacedOverlay, times: Sequence[str], *, fps: int, below: str, label: str
) -> list[str]:
    """Chains that blur the rectangle behind a box where the mask is white."""
    cut = f"crop={backdrop.width}:{backdrop.height}:{backdrop.x}:{backdrop.y}"
    blur = between(f"gblur=sigma={backdrop.sigma:.6g}", placed.first, placed.last)
    shown = between(f"overlay={backdrop.x}:{backdrop.y}", placed.first, placed.last)
    masked = ["scale=out_range=pc", "format=gray", *times]
    if placed.overlay.is_animated:  # a mask for each frame of the video
        masked += [f"tpad=start={max(placed.first, 0)}:start_mode=clone", f"setpts=N/{fps}/TB"]
    return [
        f"[{below}]split[{label}a][{label}b]",
        f"[{label}b]{cut},{blur}[{label}c]",
        f"[{mask}:0]{','.join(masked)}[{label}m]",
        f"[{label}c][{label}m]alphamerge[{label}d]",
        f"[{label}a][{label}d]{shown}[{label}behind]",
    ]
