"""Turns the pictures of lying cameras upright. Pure.

FFmpeg would do it before every other filter: on frames that are dropped, on all pixels of a phone's 4K, and where it
can't bear a picture of another size. Here pictures are turned once they have the output's size. Mirrored pictures, and
those turned by another angle than a quarter, are left to FFmpeg.
"""

from worker.probe.model import Probe

_TURNS = {90: ("transpose=cclock",), 180: ("hflip", "vflip"), 270: ("transpose=clock",)}
"""Filters by the file's rotation, counterclockwise in degrees."""

_CHROMA = {90: "in_chroma_loc=left:out_chroma_loc=top", 270: "in_chroma_loc=left:out_chroma_loc=bottom"}
"""Where chroma is sampled, as options of `scale`: at the edge that a quarter's turn makes the left one."""


def is_turned_by_ffmpeg(probe: Probe) -> bool:
    """Whether FFmpeg itself turns or mirrors the pictures."""
    return probe.is_mirrored or (probe.rotation != 0 and not _turn(probe))


def options(probe: Probe) -> tuple[str, ...]:
    """FFmpeg's options of an input: forget the file's rotation, which would also reach the output."""
    return (f"-display_rotation:{probe.video}", "0") if _turn(probe) else ()


def scale(probe: Probe, size: tuple[int, int]) -> str:
    """Arguments of `scale` for a picture that has this size once it is turned."""
    width, height = size
    chroma = _CHROMA.get(probe.rotation) if _turn(probe) else None
    return f"{height}:{width}:{chroma}" if chroma else f"{width}:{height}"


def crop(probe: Probe, shares: tuple[float, float]) -> tuple[float, float]:
    """The shares of width and height that remain of a picture before it is turned, by those of the turned one."""
    return shares[::-1] if _turn(probe) and probe.rotation in _CHROMA else shares


def filters(probe: Probe) -> list[str]:
    """Filters that turn a picture."""
    turn = _turn(probe)
    return [*turn, "setparams=chroma_location=unspecified"] if turn and probe.rotation in _CHROMA else [*turn]


def _turn(probe: Probe) -> tuple[str, ...]:
    return () if probe.is_still or probe.is_mirrored else _TURNS.get(probe.rotation, ())
