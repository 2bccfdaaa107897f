"""Where reading a source begins, and how its time becomes the clip's. Pure.

A seek lands on the key frame before the in-point, or still earlier. The picture that stands at the in-point is the last
one that began before: it is kept by `fps`, which begins at 0; sound before 0 is dropped to the sample.
"""

import math

from worker.probe.model import Probe
from worker.video.plan.timeline import Soundtrack

FINE = "1/705600000"
"""A unit of time of which frames of every usual rate, and samples, have a whole number: in the unit of an AVI file, one
frame, a shift or another speed would be rounded to frames. https://github.com/facebookarchive/Flicks"""

_WORTH_SECONDS = 0.5
"""Least time before an in-point for which seeking is worth it: key frames are rarely closer to a file's beginning, and
FLV misses such times."""


_SOUNDTRACK_PREROLL = 1.3
"""Seconds by which a seek in a soundtrack aims before its in-point: more than any container or codec needs."""


def start(in_point: float, probe: Probe) -> float:
    """Seconds of a source at which reading it begins; 0 is its beginning. A seek costs a fifth of decoding."""
    begin = in_point - probe.preroll
    if probe.tick:
        begin = math.floor(begin / probe.tick + 1e-6) * probe.tick
    return begin if probe.can_seek and begin > _WORTH_SECONDS else 0.0


def soundtrack_start(track: Soundtrack) -> float:
    """The same for a soundtrack."""
    begin = track.in_point - _SOUNDTRACK_PREROLL
    return begin if track.can_seek and begin > _WORTH_SECONDS else 0.0


def options(begin: float) -> tuple[str, ...]:
    """FFmpeg's options before the `-i` of a source that is read from `begin` on."""
    return ("-noaccurate_seek", "-ss", f"{begin:.6f}") if begin else ()


def hold(in_point: float, probe: Probe) -> list[str]:
    """Filters that repeat the last picture until the in-point: `fps` would drop one that ended before it."""
    return [f"tpad=stop_mode=clone:stop_duration={in_point:.6f}"] if in_point and probe.fps else []


def shift(skipped: float, kind: str = "") -> list[str]:
    """Filters that count time from an in-point, `skipped` seconds after reading begins; what comes before gets negative
    times. `kind` is "a" for sound."""
    return [f"{kind}settb={FINE}", f"{kind}setpts=PTS-{skipped:.6f}/TB"] if skipped else []
