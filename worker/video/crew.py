"""What a render needs of other workers that may help with it, without knowing how they are reached."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from worker.video.context import RenderContext
from worker.video.ffmpeg import Limits
from worker.video.plan.render_plan import RenderPlan

PlayedSeconds = Mapping[Path, Sequence[tuple[float, float]]]
"""By file, the begin and the end of what is played of it, in seconds."""


@dataclass(frozen=True)
class SharedPart:
    """A part of a video that any worker may render: one run of FFmpeg."""

    number: int
    plan: RenderPlan
    seconds: float
    """How long a worker needs for it, as estimated."""
    limits: Limits
    played: PlayedSeconds

    @property
    def files(self) -> list[str]:
        """Names of the files that it writes."""
        return [output.file for output in self.plan.outputs]


RenderHere = Callable[[SharedPart, Callable[[float], None]], None]
"""Renders a part on this worker, and calls its second argument with the share that is done, 0..1."""


class Crew(Protocol):
    """Other workers that may help with a render."""

    def render(self, parts: Sequence[SharedPart], render_here: RenderHere, context: RenderContext) -> bool:
        """Write the files of all parts into the context's folder. Returns False, with nothing written, where no worker
        is idle. Raises what `render_here` raises, and `CancelledError`."""
