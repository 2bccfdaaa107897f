"""Which files a job's output asks for, and which of them share a composition. Pure.

Files of one shape are scaled from one composed picture. Another shape is composed anew, from the same decoding: a
square is no squeezed portrait.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.job import Output
from worker.video.encoding import Encoding
from worker.video.fitting import Size

VIDEO, THUMBNAIL = "video.mp4", "thumbnail.jpg"

_RUNGS = (720, 480)
"""Shorter sides, in pixels, of the ladder below the video itself: what Apple's authoring specification recommends for
phones on slow networks, and for the slowest. https://developer.apple.com/documentation/http-live-streaming"""

_SAME_SHAPE_PX = 2
"""By which a size may miss the other's shape: sides are even numbers."""


@dataclass(frozen=True)
class Encoded:
    """One file to be encoded: its name, its size in pixels, how; `rung` names it in the ladder ("" if it is none)."""

    file: str
    size: Size
    encoding: Encoding
    rung: str = ""


def files(output: Output) -> tuple[Encoded, ...]:
    """Every file that the encoder writes; the video itself is the first."""
    size = (output.width, output.height)
    encoding = Encoding.of(output)
    short = min(size)
    found = [_rung(VIDEO, size, encoding) if output.hls else Encoded(VIDEO, size, encoding)]
    found += [
        Encoded(
            f"rendition-{each.name}.mp4",
            (each.width, each.height),
            Encoding.of(output, quality=each.quality, codec=each.codec),
        )
        for each in output.renditions
    ]
    for rung in _RUNGS if output.hls else ():
        if rung < short:
            smaller = (_even(size[0] * rung / short), _even(size[1] * rung / short))
            found.append(_rung(f"rung-{rung}p.mp4", smaller, encoding))
    return tuple(found)


def _rung(file: str, size: Size, encoding: Encoding) -> Encoded:
    return Encoded(file, size, encoding.streamed(size[0] * size[1]), f"{min(size)}p")


def compositions(files: Sequence[Encoded]) -> tuple[tuple[Size, tuple[Encoded, ...]], ...]:
    """The files by the size that their picture is composed in, which is that of the first, or of the largest, of a
    shape."""
    groups: list[tuple[Size, list[Encoded]]] = [(files[0].size, [files[0]])]
    for file in sorted(files[1:], key=lambda each: -each.size[0]):
        alike = next((group for size, group in groups if _is_smaller_alike(file.size, size)), None)
        if alike is None:
            groups.append((file.size, [file]))
        else:
            alike.append(file)
    return tuple((size, tuple(group)) for size, group in groups)


def _is_smaller_alike(size: Size, composed: Size) -> bool:
    return size[0] <= composed[0] and abs(size[0] * composed[1] / composed[0] - size[1]) <= _SAME_SHAPE_PX


def _even(length: float) -> int:
    return max(2 * round(length / 2), 2)
