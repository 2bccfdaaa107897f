"""Fills lines with the segments of a paragraph, and shows a hyphen where a line ends at a soft one."""

import math
from collections.abc import Callable, Sequence

SOFT_HYPHEN = "\u00ad"

_HANGING = " \u3000"
"""Spaces that have no width at the end of a line."""

_CLEARLY_SHORT = 0.9
"""Share of a line's width up to which each shorter line fits too, although a letter may get narrower when others join
it."""


def wrap(segments: Sequence[str], width_of: Callable[[str], float], max_width: float, hyphen: str = "-") -> list[str]:
    """The text of each line, before `shown`: as many segments as fit; one wider than a line has its own line."""
    lines: list[str] = []
    first = 0
    while first < len(segments):
        count = _fitting(segments[first:], width_of, max_width, hyphen)
        lines.append("".join(segments[first : first + count]))
        first += count
    return lines or [""]


def shown(line: str, hyphen: str) -> str:
    """What is painted of a line: no spaces at its end; a soft hyphen only there, with the visible `hyphen` after it."""
    is_hyphenated = hyphen and line.rstrip(_HANGING).endswith(SOFT_HYPHEN)
    return line.replace(SOFT_HYPHEN, "").rstrip(_HANGING) + (SOFT_HYPHEN + hyphen if is_hyphenated else "")


def fits(width: float, max_width: float) -> bool:
    """Whether a line fits: a browser lets it be a 64th of a pixel too wide."""
    return math.floor(64 * width) <= 64 * max_width + 1


def _fitting(segments: Sequence[str], width_of: Callable[[str], float], max_width: float, hyphen: str) -> int:
    """The number of segments in a line, at least one.

    A line is measured as a whole, since letters join and kern across segments. Measuring it after every segment would
    take time by the square of its length: as far as it is clearly too short, the search takes large steps."""

    def width(count: int, hyphen: str) -> float:
        return width_of(shown("".join(segments[:count]), hyphen if count < len(segments) else ""))

    def is_short(count: int) -> bool:
        return count <= len(segments) and width(count, hyphen) <= _CLEARLY_SHORT * max_width

    count = step = 1
    while is_short(count + step):
        count, step = count + step, 2 * step
    while step := step // 2:
        count += step if is_short(count + step) else 0
    for further in range(count + 1, len(segments) + 1):
        if not fits(width(further, ""), max_width):  # a hyphen that doesn't fit may be wider than the letters after it
            break
        if fits(width(further, hyphen), max_width):
            count = further
    return count
