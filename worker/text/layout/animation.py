"""Text animations: fade, slide, pop, typewriter. Pure: from an animation to one pose per painted frame.

An animated text is painted again for each frame in which it changes, by the same code as a static one: letters stay
sharp at every scale. A new animation is one function in `_POSES` and its word in `worker.job.model.Animated`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from worker.job import Text

_DEFAULT_SECONDS = 0.4
"""Default duration of an entrance and of an exit, in seconds."""

_TYPEWRITER_SECONDS = 0.05
"""Default duration of a typewriter animation, in seconds per character."""

SLIDE_PX = 120.0
"""Distance by which a sliding text rises, in pixels of the canvas."""

_OVERSHOOT = 1.70158
"""Overshoot of Robert Penner's ease-out-back: a popping text grows a tenth larger than its final size."""


@dataclass(frozen=True)
class Pose:
    """How a text looks in one frame: `alpha` 0..1; `offset` 0..1 of `SLIDE_PX` below its position; `scale` about its
    center; `revealed` 0..1 of its characters."""

    alpha: float = 1.0
    offset: float = 0.0
    scale: float = 1.0
    revealed: float = 1.0


REST_POSE = Pose()
"""Pose of a text that is not animated."""


@dataclass(frozen=True)
class TextAnimation:
    """Entrance and exit of a text: their kinds (a word of `worker.job.model.Animated`) and durations in frames."""

    enter: str
    enter_frames: int
    exit: str
    exit_frames: int

    def poses(self) -> list[Pose]:
        """One pose per frame of the entrance, one at rest, one per frame of the exit."""
        enter = [_POSES[self.enter]((index + 1) / (self.enter_frames + 1)) for index in range(self.enter_frames)]
        leave = [_POSES[self.exit]((index + 1) / (self.exit_frames + 1)) for index in reversed(range(self.exit_frames))]
        return [*enter, REST_POSE, *leave]

    def pose_at(self, frame: int, frames: int) -> Pose:
        """Pose in frame `frame`, from 0, of a text that is shown for `frames` frames."""
        poses = self.poses()
        if frame < self.enter_frames:
            return poses[frame]
        return poses[max(self.enter_frames, len(poses) - (frames - frame))]


def animation_of(text: Text, frames: int, fps: int) -> TextAnimation | None:
    """The animation of a text that is shown for `frames` frames; None where it has none."""
    animation = text.animation
    enter_frames, exit_frames = (_frames(kind, text, frames, fps) for kind in (animation.into, animation.out))
    if not enter_frames and not exit_frames:
        return None
    return TextAnimation(animation.into, enter_frames, animation.out, exit_frames)


def _frames(kind: str, text: Text, frames: int, fps: int) -> int:
    if kind == "none":
        return 0
    seconds = text.animation.duration
    if seconds is None:
        seconds = _TYPEWRITER_SECONDS * len(text.content) if kind == "typewriter" else _DEFAULT_SECONDS
    return min(round(seconds * fps), (frames - 1) // 2)


def _fade(progress: float) -> Pose:
    return Pose(alpha=progress)


def _slide(progress: float) -> Pose:
    return Pose(alpha=progress, offset=(1 - progress) ** 3)


def _pop(progress: float) -> Pose:
    left = progress - 1
    return Pose(alpha=min(2 * progress, 1.0), scale=1 + (_OVERSHOOT + 1) * left**3 + _OVERSHOOT * left**2)


def _typewriter(progress: float) -> Pose:
    return Pose(revealed=progress)


_POSES: dict[str, Callable[[float], Pose]] = {"fade": _fade, "slide": _slide, "pop": _pop, "typewriter": _typewriter}
"""The pose of each kind of animation for its progress, 0..1 from hidden to at rest."""
