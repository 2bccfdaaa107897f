"""Which files a job's output consists of, and which of them share a composition. Pure.

Files of one shape are scaled from one composed picture. Another shape is composed separately, from the same decoding: a
square is no squeezed portrait.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.job import Output
from worker.video.plan.encoders import Encoding
from worker.video.plan.fit import Size

VIDEO, THUMBNAIL = "video.mp4", "thumbnail.jpg"

_RUNGS = (720, 480)
"""Shorter sides, in pixels, of the ladder's rungs below the video itself. Apple's authoring specification recommends
them for phones on slow networks, and for the slowest: https://developer.apple.com/documentation/http-live-streaming"""

_SAME_SHAPE_PX = 2
"""Pixels by which a size may deviate from another's shape: sides are even numbers."""


@dataclass(frozen=True)
class OutputSpec:
    """A file to be encoded: its name, size in pixels and encoding; `rung` is its name in the ladder ("" if it is no
    rung), `pointer` the JSON pointer of what asks for it."""

    file: str
    size: Size
    encoding: Encoding
    rung: str = ""
    pointer: str = "/output"


def files(output: Output) -> tuple[OutputSpec, ...]:
    """Every file that the encoder writes, the video first."""
    size = (output.width, output.height)
    encoding = Encoding.of(output)
    short = min(size)
    specs = [_rung(VIDEO, size, encoding) if output.hls else OutputSpec(VIDEO, size, encoding)]
    specs += [
        OutputSpec(
            f"rendition-{each.name}.mp4",
            (each.width, each.height),
            Encoding.of(output, size=(each.width, each.height), quality=each.quality, codec=each.codec),
            pointer=f"/output/renditions/{index}",
        )
        for index, each in enumerate(output.renditions)
    ]
    for rung in _RUNGS if output.hls else ():
        if rung < short:
            smaller = (_even(size[0] * rung / short), _even(size[1] * rung / short))
            specs.append(_rung(f"rung-{rung}p.mp4", smaller, Encoding.of(output, size=smaller)))
    return tuple(specs)


def _rung(file: str, size: Size, encoding: Encoding) -> OutputSpec:
    return OutputSpec(file, size, encoding.streamed(size[0] * size[1]), f"{min(size)}p")


def compositions(files: Sequence[OutputSpec]) -> tuple[tuple[Size, tuple[OutputSpec, ...]], ...]:
    """The files by the size in which their picture is composed: that of the first, or else of the largest, of a
    shape."""
    groups: list[tuple[Size, list[OutputSpec]]] = [(files[0].size, [files[0]])]
    for file in sorted(files[1:], key=lambda each: -each.size[0]):
        group = next((group for size, group in groups if _can_be_scaled(size, file.size)), None)
        if group is None:
            groups.append((file.size, [file]))
        else:
            group.append(file)
    return tuple((size, tuple(group)) for size, group in groups)


def _can_be_scaled(composed: Size, size: Size) -> bool:
    return size[0] <= composed[0] and abs(size[0] * composed[1] / composed[0] - size[1]) <= _SAME_SHAPE_PX


def _even(length: float) -> int:
    return max(2 * round(length / 2), 2)
