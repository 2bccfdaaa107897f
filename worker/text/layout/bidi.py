"""Bidirectional levels (UAX #9): characters of an odd level are set right to left, within those of the level below.

Levels are resolved for a whole paragraph, before it is broken into lines: a number that begins a line belongs to the
Arabic that ends the line before. The base direction is left to right, level 0. Rules are named as in
https://www.unicode.org/reports/tr9/: bidi_explicit.py has X1 to X8, bidi_classes.py W1 to N2.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

import regex

from worker.text.layout.bidi_classes import resolve_classes
from worker.text.layout.bidi_explicit import ISOLATE_INITIATORS, explicit_levels, matching_initiators

_RIGHT_TO_LEFT = regex.compile("|".join(rf"\p{{Bidi_Class={name}}}" for name in ("R", "AL", "AN", "RLE", "RLO", "RLI")))
"""What a paragraph needs for any of it to be set right to left."""

_PARAGRAPHS = regex.compile(r"\P{Bidi_Class=B}+|\p{Bidi_Class=B}")
"""Paragraphs and their separators (P1): a browser breaks no line at most of these, but ends a paragraph."""

_SET_BY_LINE = ISOLATE_INITIATORS | {"PDI", "WS", "S", "B", "BN"}
"""Classes that have the base level at the end of a line (L1)."""


def resolve_levels(text: str) -> tuple[int, ...]:
    """The level of each character; empty where all are set left to right."""
    if not _RIGHT_TO_LEFT.search(text):
        return ()
    return tuple(level for paragraph in _PARAGRAPHS.findall(text) for level in _paragraph_levels(paragraph))


def line_levels(levels: Sequence[int], line: str) -> tuple[int, ...]:
    """The levels of a line, of those of its paragraph that belong to it; empty where all are left to right."""
    end = len(line)
    while end and unicodedata.bidirectional(line[end - 1]) in _SET_BY_LINE:
        end -= 1
    return (*levels[:end], *[0] * (len(line) - end)) if any(levels[:end]) else ()


def _paragraph_levels(paragraph: str) -> Iterator[int]:
    original = [unicodedata.bidirectional(character) or "L" for character in paragraph]
    levels, classes = explicit_levels(original)
    kept = [index for index, name in enumerate(classes) if name != "BN"]
    resolved_levels = list(levels)
    for sequence in _isolating_run_sequences(original, levels, kept):
        level = levels[sequence[0]]
        around = _levels_around(original, levels, kept, sequence)
        edges = ["R" if max(level, other) % 2 else "L" for other in around]
        characters = [paragraph[index] for index in sequence]
        resolved = resolve_classes([classes[index] for index in sequence], characters, level, edges)
        for index, name in zip(sequence, resolved, strict=True):
            resolved_levels[index] = _implicit_level(level, name)
    return _spread(resolved_levels, set(kept))


def _isolating_run_sequences(original: Sequence[str], levels: Sequence[int], kept: Sequence[int]) -> list[list[int]]:
    """The positions that are resolved together (X10): runs of one level, each joined across the isolates in it."""
    initiators = matching_initiators(original)
    by_last: dict[int, list[int]] = {}
    for _, group in groupby(kept, lambda index: levels[index]):
        run = list(group)
        sequence = by_last.pop(initiators.get(run[0], -1), [])
        sequence.extend(run)
        by_last[sequence[-1]] = sequence
    return list(by_last.values())


def _levels_around(
    original: Sequence[str], levels: Sequence[int], kept: Sequence[int], sequence: Sequence[int]
) -> tuple[int, int]:
    """The explicit levels before and after a sequence: the base level at an end of the paragraph, and after an isolate
    that isn't closed."""
    first, last = bisect_left(kept, sequence[0]), bisect_left(kept, sequence[-1])
    is_open = original[sequence[-1]] in ISOLATE_INITIATORS or last + 1 == len(kept)
    return levels[kept[first - 1]] if first else 0, 0 if is_open else levels[kept[last + 1]]


def _spread(levels: Sequence[int], kept: Collection[int]) -> Iterator[int]:
    """The levels, with what was removed taking that of the character before it."""
    level = 0
    for index, own in enumerate(levels):
        level = own if index in kept else level
        yield level


def _implicit_level(level: int, name: str) -> int:
    """The level of a resolved class (I1 and I2)."""
    if level % 2:
        return level + (name != "R")
    return level + {"L": 0, "R": 1}.get(name, 2)
