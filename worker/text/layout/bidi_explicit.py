"""Explicit bidirectional levels: embeddings, overrides and isolates (rules X1 to X8 of UAX #9)."""

from collections.abc import Sequence
from typing import NamedTuple

ISOLATE_INITIATORS = frozenset({"LRI", "RLI", "FSI"})

_OVERRIDES = {"LRE": None, "RLE": None, "LRO": "L", "RLO": "R"}
"""Embeddings, and the class that they give to each character within."""

_LEVEL_MAX = 125
"""Deepest explicit level (BD2)."""


class _Status(NamedTuple):
    """An entry of the directional status stack."""

    level: int
    override: str | None = None
    is_isolate: bool = False


class _Stack:
    """The directional status stack, and what was opened beyond the deepest level."""

    def __init__(self) -> None:
        self._entries = [_Status(0)]
        self._overflowing_isolates = self._overflowing_embeddings = 0

    @property
    def status(self) -> _Status:
        """What holds for the next character."""
        return self._entries[-1]

    def open(self, *, is_right_to_left: bool, override: str | None = None, is_isolate: bool = False) -> None:
        """Enter an embedding or an isolate (X2 to X5c)."""
        level = self.status.level
        level += 1 if level % 2 != is_right_to_left else 2
        if level <= _LEVEL_MAX and not self._overflowing_isolates and not self._overflowing_embeddings:
            self._entries.append(_Status(level, override, is_isolate))
        elif is_isolate:
            self._overflowing_isolates += 1
        elif not self._overflowing_isolates:
            self._overflowing_embeddings += 1

    def close_isolate(self) -> None:
        """Leave an isolate, and the embeddings that are open in it (X6a)."""
        if self._overflowing_isolates:
            self._overflowing_isolates -= 1
        elif any(entry.is_isolate for entry in self._entries):
            self._overflowing_embeddings = 0
            while not self._entries.pop().is_isolate:
                pass

    def close_embedding(self) -> None:
        """Leave an embedding, unless an isolate in it is open (X7)."""
        if self._overflowing_isolates:
            return
        if self._overflowing_embeddings:
            self._overflowing_embeddings -= 1
        elif len(self._entries) > 1 and not self.status.is_isolate:
            self._entries.pop()


def explicit_levels(classes: Sequence[str]) -> tuple[list[int], list[str]]:
    """The explicit level of each character of a paragraph, given their bidirectional classes, and the classes after
    overrides; what rule X9 removes has class BN."""
    levels: list[int] = []
    overridden: list[str] = []
    stack = _Stack()
    for index, name in enumerate(classes):
        if name == "PDI":
            stack.close_isolate()
        levels.append(stack.status.level)
        is_removed = name in {*_OVERRIDES, "PDF", "BN"}
        overridden.append("BN" if is_removed else stack.status.override or name)
        if name in _OVERRIDES:
            stack.open(is_right_to_left=name.startswith("R"), override=_OVERRIDES[name])
        elif name == "PDF":
            stack.close_embedding()
        elif name in ISOLATE_INITIATORS:
            is_right_to_left = name == "RLI" or (name == "FSI" and _begins_right_to_left(classes[index + 1 :]))
            stack.open(is_right_to_left=is_right_to_left, is_isolate=True)
    return levels, overridden


def matching_initiators(classes: Sequence[str]) -> dict[int, int]:
    """The position of the initiator of each isolate, by that of the PDI that closes it (BD9)."""
    matching: dict[int, int] = {}
    opened: list[int] = []
    for index, name in enumerate(classes):
        if name in ISOLATE_INITIATORS:
            opened.append(index)
        elif name == "PDI" and opened:
            matching[index] = opened.pop()
    return matching


def _begins_right_to_left(classes: Sequence[str]) -> bool:
    """Whether the first letter up to the end of the isolate, outside the isolates in it, is right-to-left (P2, P3)."""
    depth = 0
    for name in classes:
        depth += (name in ISOLATE_INITIATORS) - (name == "PDI")
        if depth < 0:
            return False
        if not depth and name in {"L", "R", "AL"}:
            return name != "L"
    return False
