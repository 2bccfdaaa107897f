"""Turns the pictures of lying cameras upright. Pure.

FFmpeg would do it before every other filter, where it can't bear a picture of another size, and on frames that are
dropped. Mirrored pictures, and those turned by another angle than a quarter, are left to it.
"""

from worker.probe.model import Probe

_TURNS = {90: ("transpose=cclock",), 180: ("hflip", "vflip"), 270: ("transpose=clock",)}
"""Filters by the file's rotation, counterclockwise in degrees."""


def is_turned_by_ffmpeg(probe: Probe) -> bool:
    """Whether FFmpeg itself turns or mirrors the pictures."""
    return probe.is_mirrored or (probe.rotation != 0 and not _turn(probe))


def options(probe: Probe) -> tuple[str, ...]:
    """FFmpeg's options of an input: forget the file's rotation, which would also reach the output."""
    return (f"-display_rotation:{probe.video}", "0") if _turn(probe) else ()


def filters(probe: Probe) -> list[str]:
    """Filters that turn a picture."""
    return list(_turn(probe))


def _turn(probe: Probe) -> tuple[str, ...]:
    return () if probe.is_still or probe.is_mirrored else _TURNS.get(probe.rotation, ())
