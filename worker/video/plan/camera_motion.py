"""Camera motion over a picture ("Ken Burns"): slow zoom and pan. Pure: words in, an FFmpeg filter out.

`perspective` maps a moving window of the picture to the whole, with positions in 256ths of a pixel. `zoompan` and
`crop` have whole pixels only, and a slow motion in whole pixels trembles.
"""

from dataclasses import dataclass

_ZOOM = 0.15
"""Share by which the camera moves closer, and by which it stays away from the edges while it pans."""

_PUSH = 0.6
"""Share by which the camera moves closer in a zoom from one clip to the next."""


@dataclass(frozen=True)
class Motion:
    """A motion of `frames` frames from the picture's frame `first` on; `first` is negative if only its rest is
    rendered. `kind` is a word of `worker.job.Clip.motion`, or `push`, which leaves the frames before it unchanged."""

    kind: str
    frames: int
    first: int = 0

    def filter(self) -> str:
        """FFmpeg's filter, for a picture that already has its final size."""
        share = f"((on-1-({self.first}))/{max(self.frames - 1, 1)})"
        match self.kind:
            case "zoom-in":
                return _perspective(*_closer(f"{_ZOOM}*{share}"))
            case "zoom-out":
                return _perspective(*_closer(f"{_ZOOM}*(1-{share})"))
            case "push":
                return f"{_perspective(*_closer(f'{_PUSH}*{share}^2'))}:enable='gte(n,{self.first})'"
        spare = 1 - 1 / (1 + _ZOOM)
        towards = share if self.kind in {"pan-right", "pan-down"} else f"(1-{share})"
        moved, rest, half = f"{spare:.8f}*{towards}", f"{spare:.8f}*(1-{towards})", f"{spare / 2:.8f}"
        if self.kind in {"pan-left", "pan-right"}:
            return _perspective(moved, half, rest, half)
        return _perspective(half, moved, half, rest)


def _closer(zoom: str) -> tuple[str, str, str, str]:
    margin = f"(1-1/(1+{zoom}))/2"
    return margin, margin, margin, margin


def _perspective(left: str, top: str, right: str, bottom: str) -> str:
    """Map the window between four margins, in fractions of the picture, to the whole."""
    corners = ((left, top), (f"1-({right})", top), (left, f"1-({bottom})"), (f"1-({right})", f"1-({bottom})"))
    places = ":".join(f"x{n}='W*({x})':y{n}='H*({y})'" for n, (x, y) in enumerate(corners))
    return f"perspective={places}:sense=source:eval=frame:interpolation=cubic"
