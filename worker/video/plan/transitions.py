"""Transitions between clips: how long two clips overlap, and the FFmpeg filters for it. Pure.

A transition takes its time from both clips: two clips of 3 s with a crossfade of 1 s last 5 s. What has a time of the
output (texts, adjusted intervals, the soundtrack) keeps it. A new transition is one entry in `_NAMES`, its word in
`worker.job.model.Transition`, and one line in tests/worker/test_render_transitions.py.
"""

from collections.abc import Sequence

from worker.job import Transition

_NAMES = {
    "crossfade": "fade",
    "fade-black": "fade",
    "fade-white": "fade",
    "slide": "slide{direction}",
    "wipe": "wipe{direction}",
    "zoom": "fade",
}
"""FFmpeg's names: https://ffmpeg.org/ffmpeg-filters.html#xfade. Its own zoom ends in coarse blocks: here the camera
moves into the first picture (`Span.push`) while that fades."""

_THROUGH = {"fade-black": "black", "fade-white": "white"}
"""Transitions through a color, and that color; FFmpeg's own never quite reach it."""


def overlaps(lengths: Sequence[float], wanted: Sequence[float]) -> list[float]:
    """Seconds that each clip except the last shares with the next one.

    `lengths` are the clips' seconds, `wanted` the seconds of each clip's transition to the next one (0 is a cut). No
    moment shows three clips: if a clip is too short for its two transitions, the later one is shortened, but to no less
    than half of the clip.
    """
    granted: list[float] = []
    before = 0.0
    for index in range(len(lengths) - 1):
        following = lengths[index + 1]
        reserved = min(wanted[index + 1], following / 2) if index + 2 < len(lengths) else 0.0
        before = max(min(wanted[index], lengths[index] - before, following - reserved), 0.0)
        granted.append(before)
    return granted


def chains(
    transition: Transition, *, first: int, frames: int, fps: int, size: tuple[int, int], pads: tuple[str, str, str]
) -> list[str]:
    """Filter chains from one picture to another: from the output's frame `first`, for `frames` frames.

    `pads` are those of the first picture, of the second (which begins at `first`), and of the result.
    """
    before, after, result = pads
    name = _NAMES[transition.type].format(direction=transition.direction)
    color = _THROUGH.get(transition.type)
    if color is None or frames == 1:
        return [f"[{before}][{after}]{_xfade(name, first, frames, fps)}[{result}]"]
    half = frames // 2
    plain = f"color=c={color}:s={size[0]}x{size[1]}:r={fps},format=yuv420p,setsar=1,trim=end_frame={frames}"
    return [
        f"{plain}[{result}c]",
        f"[{before}][{result}c]{_xfade(name, first, half, fps)}[{result}d]",
        f"[{after}]trim=start_frame={half},setpts=PTS-STARTPTS[{result}e]",
        f"[{result}d][{result}e]{_xfade(name, first + half, frames - half, fps)}[{result}]",
    ]


def _xfade(name: str, first: int, frames: int, fps: int) -> str:
    return f"xfade=transition={name}:offset={first / fps:.6f}:duration={frames / fps:.6f}"


def acrossfade(samples: int) -> str:
    """The filter that cross-fades two sounds, as loud in its middle as at its ends."""
    return f"acrossfade=nb_samples={samples}:curve1=qsin:curve2=qsin"
