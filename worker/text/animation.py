"""How a text comes and goes: fade, slide, pop, typewriter. Pure: an animation in, a pose for each painted frame out.

A moving text is painted anew for each frame that it moves in, by the same code as a standing one: letters stay sharp
at every size. A new animation is one function in `_POSES` and its word in `worker.job.model.Animated`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from worker.job import Text

_SECONDS = 0.4
"""Of coming and of going, where the job doesn't say."""

_TYPEWRITER_SECONDS = 0.05
"""A character."""

SLIDE_PX = 120.0
"""Pixels of the canvas that a sliding text rises by."""

_OVERSHOOT = 1.70158
"""Makes a popping text a tenth larger than it ends: Robert Penner's ease-out-back."""


@dataclass(frozen=True)
class Pose:
    """How a text looks in one frame: `alpha` 0..1, `sunk` 0..1 of `SLIDE_PX` below its place, `scale` about its middle,
    `shown` 0..1 of its characters."""

    alpha: float = 1.0
    sunk: float = 0.0
    scale: float = 1.0
    shown: float = 1.0


STANDING = Pose()


@dataclass(frozen=True)
class Moves:
    """The frames in which a text comes and goes, and how."""

    into: str
    coming: int
    out: str
    going: int

    def poses(self) -> list[Pose]:
        """One for each frame of coming, one for standing, one for each frame of going."""
        come = [_POSES[self.into]((index + 1) / (self.coming + 1)) for index in range(self.coming)]
        go = [_POSES[self.out]((index + 1) / (self.going + 1)) for index in reversed(range(self.going))]
        return [*come, STANDING, *go]

    def pose_at(self, frame: int, frames: int) -> Pose:
        """Of the text in its frame `frame` of `frames`."""
        poses = self.poses()
        if frame < self.coming:
            return poses[frame]
        return poses[max(self.coming, len(poses) - (frames - frame))]


def moves_of(text: Text, frames: int, fps: int) -> Moves | None:
    """The moves of a text that is seen for `frames` frames; None where it stands still."""
    animation = text.animation
    coming, going = (_frames(kind, text, frames, fps) for kind in (animation.into, animation.out))
    return Moves(animation.into, coming, animation.out, going) if coming or going else None


def _frames(kind: str, text: Text, frames: int, fps: int) -> int:
    if kind == "none":
        return 0
    seconds = text.animation.duration
    if seconds is None:
        seconds = _TYPEWRITER_SECONDS * len(text.content) if kind == "typewriter" else _SECONDS
    return min(round(seconds * fps), (frames - 1) // 2)


def _fade(share: float) -> Pose:
    return Pose(alpha=share)


def _slide(share: float) -> Pose:
    return Pose(alpha=share, sunk=(1 - share) ** 3)


def _pop(share: float) -> Pose:
    left = share - 1
    return Pose(alpha=min(2 * share, 1.0), scale=1 + (_OVERSHOOT + 1) * left**3 + _OVERSHOOT * left**2)


def _typewriter(share: float) -> Pose:
    return Pose(shown=share)


_POSES: dict[str, Callable[[float], Pose]] = {"fade": _fade, "slide": _slide, "pop": _pop, "typewriter": _typewriter}
"""From the share 0..1 of the way from hidden to standing."""
