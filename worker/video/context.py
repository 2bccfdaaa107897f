"""What every step of a render shares: the working folder, the stage clock, progress and cancellation."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from worker.telemetry.stages import StageClock

if TYPE_CHECKING:
    from worker.video.crew import Crew


@dataclass(frozen=True)
class RenderContext:
    """The surroundings of one render.

    Everything is written below `workdir`. `clock` measures the stages. `on_progress` receives the encoded share, 0..1.
    `cancelled` is called often, up to ten times per second; once it returns true, the render ends with
    `CancelledError`. `crew` are other workers that may help.
    """

    workdir: Path
    clock: StageClock = field(default_factory=StageClock)
    on_progress: Callable[[float], None] = lambda _: None
    cancelled: Callable[[], bool] = lambda: False
    crew: "Crew | None" = None
