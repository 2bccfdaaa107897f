"""Resolves the bidirectional classes of characters by their neighbors (rules W1 to N2 of UAX #9): what follows an
Arabic letter is an Arabic number; brackets and spaces have the direction of what is in or around them."""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby

_NEUTRALS = frozenset({"B", "S", "WS", "ON", "FSI", "LRI", "RLI", "PDI"})

_STRONG = {"L": "L", "R": "R", "EN": "R", "AN": "R"}
"""The direction that a letter or number gives to the neutral characters next to it."""

_BRACKETS_MAX = 63
"""Most open brackets at once (BD16)."""

_CLOSED_CROSSWISE = {"\u298d": "\u2990", "\u298f": "\u298e"}
"""Opening brackets that are not closed by the next closing one in Unicode's order."""


def resolve_classes(classes: Sequence[str], characters: Sequence[str], level: int, edges: Sequence[str]) -> list[str]:
    """The class (L, R, EN or AN) of each character of an isolating run sequence of a `level`; `edges` are the classes,
    L or R, that hold before and after it."""
    resolved = _resolve_weak(classes, edges[0])
    embedding = "R" if level % 2 else "L"
    _resolve_brackets(resolved, classes, characters, embedding, edges[0])
    return list(_resolve_neutrals(resolved, embedding, edges))


def _resolve_weak(classes: Sequence[str], start: str) -> list[str]:
    """Marks, numbers, and what belongs to numbers (W1 to W7)."""
    resolved = _resolve_marks(classes, start)
    strong = start
    for index, name in enumerate(resolved):
        if name in {"L", "R", "AL"}:
            strong = name
        if name == "EN" and strong == "AL":
            resolved[index] = "AN"
    resolved = ["R" if name == "AL" else name for name in resolved]
    for index in range(1, len(resolved) - 1):
        before, name, after = resolved[index - 1 : index + 2]
        if before == after and ((before == "EN" and name in {"ES", "CS"}) or (before == "AN" and name == "CS")):
            resolved[index] = before
    resolved = _resolve_terminators(resolved)
    strong = start
    for index, name in enumerate(resolved):
        if name in {"L", "R"}:
            strong = name
        if name == "EN" and strong == "L":
            resolved[index] = "L"
    return resolved


def _resolve_marks(classes: Sequence[str], start: str) -> list[str]:
    """Marks have the class of the character before them (W1)."""
    resolved: list[str] = []
    before = start
    for name in classes:
        if name != "NSM":
            before = "ON" if name in {"FSI", "LRI", "RLI", "PDI"} else name
            resolved.append(name)
        else:
            resolved.append(before)
    return resolved


def _resolve_terminators(classes: Sequence[str]) -> list[str]:
    """Signs next to a European number belong to it; all others are neutral (W5 and W6)."""
    resolved: list[str] = []
    for is_terminator, group in groupby(classes, lambda name: name == "ET"):
        run = list(group)
        end = len(resolved) + len(run)
        is_number = "EN" in (*resolved[-1:], *classes[end : end + 1])
        resolved += ["EN" if is_number else "ON"] * len(run) if is_terminator else run
    return ["ON" if name in {"ES", "CS"} else name for name in resolved]


def _resolve_brackets(
    resolved: list[str], classes: Sequence[str], characters: Sequence[str], embedding: str, start: str
) -> None:
    """A pair of brackets has the direction of the embedding if anything in it has; else that of what is in it, if that
    is also before it (N0)."""
    for opening, closing in sorted(_bracket_pairs(resolved, characters)):
        inside = {_STRONG.get(name) for name in resolved[opening + 1 : closing]} - {None}
        if not inside:
            continue
        before = next((_STRONG[name] for name in reversed(resolved[:opening]) if name in _STRONG), start)
        direction = embedding if embedding in inside else before
        for bracket in (opening, closing):
            resolved[bracket] = direction
            for mark in range(bracket + 1, len(classes)):
                if classes[mark] != "NSM":
                    break
                resolved[mark] = direction


def _bracket_pairs(resolved: Sequence[str], characters: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of brackets that belong together (BD16)."""
    opened: list[tuple[str, int]] = []
    for index, (name, character) in enumerate(zip(resolved, characters, strict=True)):
        bracket = unicodedata.normalize("NFC", character)
        if name != "ON":
            continue
        if bracket in _closing_brackets():
            if len(opened) == _BRACKETS_MAX:
                return
            opened.append((_closing_brackets()[bracket], index))
        for depth in reversed(range(len(opened))):
            if opened[depth][0] == bracket:
                yield opened[depth][1], index
                del opened[depth:]
                break


@cache
def _closing_brackets() -> dict[str, str]:
    """The closing bracket of each opening one: Unicode's BidiBrackets.txt has the punctuation that is mirrored, of the
    categories Ps and Pe."""
    mirrored = [chr(code) for code in range(0x10000) if unicodedata.mirrored(chr(code))]
    closing = ""
    pairs: dict[str, str] = {}
    for bracket in reversed(mirrored):
        category = unicodedata.category(bracket)
        if category == "Pe":
            closing = bracket
        elif category == "Ps":
            pairs[bracket] = closing
    return pairs | _CLOSED_CROSSWISE


def _resolve_neutrals(resolved: Sequence[str], embedding: str, edges: Sequence[str]) -> Iterator[str]:
    """Neutral characters between two of one direction have it; all others have that of the embedding (N1, N2)."""
    groups = [(is_neutral, list(group)) for is_neutral, group in groupby(resolved, lambda name: name in _NEUTRALS)]
    for index, (is_neutral, group) in enumerate(groups):
        if not is_neutral:
            yield from group
            continue
        before = _STRONG[groups[index - 1][1][-1]] if index else edges[0]
        after = _STRONG[groups[index + 1][1][0]] if index + 1 < len(groups) else edges[1]
        yield from [before if before == after else embedding] * len(group)
