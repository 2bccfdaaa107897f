"""Brings a video's sound to the loudness that the job requests: measures it and computes the gain.

One gain for the whole video, so that its quiet parts stay quieter than its loud ones. Without it, a hotel's film is a
whisper between two shouting ones.
"""

from collections.abc import Mapping
from pathlib import Path

from worker.job import JobWarning, WarningCode
from worker.probe.model import MediaSource
from worker.video import steady_sound
from worker.video.context import RenderContext
from worker.video.plan import audio_chains, filter_graph
from worker.video.plan.render_plan import RenderPlan
from worker.video.plan.timeline import Timeline

_GAIN_MAX = 24.0
"""Greatest gain, in decibels: quieter sound is background noise, and would become loud noise."""

_ROUNDS = 3
"""Most measurements: where the limiter reduces peaks, the first gain isn't enough."""

_TOLERANCE = 0.3
"""Accepted deviation in LU: less than anyone hears."""

_MEASURED = "loudness.txt"
_POINTER = "/audio/loudness"


def gain(
    timeline: Timeline, media: Mapping[str, MediaSource], music: Path | None, context: RenderContext
) -> tuple[float, tuple[JobWarning, ...]]:
    """The gain in decibels that brings the sound to the timeline's loudness, 0 if it has none. Decodes sound alone."""
    if timeline.loudness is None:
        return 0.0, ()
    total = 0.0
    for _ in range(_ROUNDS):
        plan = filter_graph.loudness_plan(timeline, media, music, _MEASURED, gain=total)
        loudness = _measure(plan, context)
        if loudness is None:
            message = "The video is silent: it has no loudness to be changed."
            return 0.0, (JobWarning(WarningCode.LOUDNESS_MISSED, _POINTER, message),)
        missing = timeline.loudness - loudness
        total = min(total + missing, _GAIN_MAX)
        if total <= 0 or abs(missing) < _TOLERANCE:
            break
    if total == _GAIN_MAX:
        message = f"The sound is very quiet: it was made louder by {_GAIN_MAX:g} dB, more would be noise."
        return total, (JobWarning(WarningCode.LOUDNESS_MISSED, _POINTER, message),)
    return total, ()


def _measure(plan: RenderPlan, context: RenderContext) -> float | None:
    """The integrated loudness in LUFS; None for silence."""
    steady_sound.run(plan, context)
    return audio_chains.parse_loudness((context.workdir / _MEASURED).read_text(encoding="utf-8"))
