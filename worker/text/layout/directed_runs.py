"""Sets the runs of a line in levels that are resolved already, by the paragraph.

Skia's textlayout resolves levels by itself, but of one line alone. Overrides nested as deep as the level leave it no
choice: all levels are two higher than resolved, which gives the same order (rule L2 of UAX #9) and mirrors the same
brackets (L4).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from worker.text.layout.shaping_runs import ShapingRun

_OVERRIDES, _POP = "\u202d\u202e", "\u202c"
"""The overrides to an even and to an odd level, and what ends an override."""

_OBEYED = dict.fromkeys(range(0x202A, 0x202F)) | dict.fromkeys(range(0x2066, 0x206A), "\u200e")
"""The line's own controls, which the levels follow already and which would end our overrides: embeddings are removed;
isolates, which count as characters, are replaced by an invisible mark."""


def directed_runs(runs: Iterable[ShapingRun], levels: Sequence[int], size: float) -> Iterator[ShapingRun]:
    """The runs split where the level changes, and the controls between them; `levels` has one per character of the
    line, `size` is the font's, in pixels."""
    depth = position = 0
    for run in runs:
        if run.is_spacing:
            yield run
            continue
        start, position = position, position + len(run.text)
        for level, group in groupby(range(start, position), levels.__getitem__):
            if level + 1 != depth:
                yield ShapingRun(_controls(depth, level + 1), size)
                depth = level + 1
            text = "".join(run.text[index - start] for index in group)
            yield run._replace(text=text.translate(_OBEYED))


def _controls(depth: int, wanted: int) -> str:
    """What leads from one number of nested overrides to another."""
    return _POP * (depth - wanted) + "".join(_OVERRIDES[level % 2] for level in range(depth, wanted))
