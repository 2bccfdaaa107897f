"""Brings a video's sound to the loudness that the job asks for: hears it, then says how much louder it must be.

One level for the whole video, so that what is quiet in it stays quieter than what is loud. Without it, a hotel's film
is a whisper between two shouting ones.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from worker.job import JobWarning, WarningCode
from worker.video import ffmpeg, graph, sound
from worker.video.medium import Medium
from worker.video.plan import RenderPlan
from worker.video.timeline import Timeline

_GAIN_MAX = 24.0
"""Decibels: what is quieter is background noise, and would be a loud one."""

_ROUNDS = 3
"""Times that the sound is heard at most: where the limiter takes peaks off, the first gain isn't enough."""

_CLOSE_ENOUGH = 0.3
"""LU: less than anybody hears."""

_PRINTED = "loudness.txt"
_POINTER = "/audio/loudness"


def gain(
    timeline: Timeline,
    media: Mapping[str, Medium],
    music: Path | None,
    *,
    workdir: Path,
    cancelled: Callable[[], bool],
) -> tuple[float, tuple[JobWarning, ...]]:
    """Decibels that bring the sound to the timeline's loudness, 0 where it asks for none. Decodes sound alone."""
    if timeline.loudness is None:
        return 0.0, ()
    total = 0.0
    for _ in range(_ROUNDS):
        found = _heard(graph.measuring(timeline, media, music, _PRINTED, gain=total), workdir, cancelled)
        if found is None:
            message = "The video is silent: it has no loudness to be changed."
            return 0.0, (JobWarning(WarningCode.LOUDNESS_MISSED, _POINTER, message),)
        missing = timeline.loudness - found
        total = min(total + missing, _GAIN_MAX)
        if total <= 0 or abs(missing) < _CLOSE_ENOUGH:
            break
    if total == _GAIN_MAX:
        message = f"The sound is very quiet: it was made louder by {_GAIN_MAX:g} dB, more would be noise."
        return total, (JobWarning(WarningCode.LOUDNESS_MISSED, _POINTER, message),)
    return total, ()


def _heard(plan: RenderPlan, workdir: Path, cancelled: Callable[[], bool]) -> float | None:
    ffmpeg.run(plan.arguments(workdir), workdir=workdir, cancelled=cancelled)
    return sound.loudness_of((workdir / _PRINTED).read_text(encoding="utf-8"))
