"""Compares a resource's values before and after, leaf by leaf, with secrets masked.

JSON in strings (policies, container definitions) is compared as JSON: white space and order of keys don't matter.
Items of a list are matched by their name, so that an item added at the beginning doesn't make all others differ.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ops.review.secrets import MASK, is_secret, masked

UNKNOWN = "(known after apply)"
ABSENT = "(none)"

_NAMES = ("id", "name", "Sid", "sid", "key", "capacity_provider", "prefix", "containerPath", "label")
"""Keys that an item of a list is matched by, in this order."""


@dataclass(frozen=True)
class Difference:
    """One value that changes.

    Params:
        path: such as `visibility_timeout_seconds`, `policy.Statement[TakeJobs].Action`.
        before, after: the values as text; masked where secret, `ABSENT`, `UNKNOWN`.
        known: whether the value after is known before the plan is applied.
        names: the path's names, without positions: `("policy", "Statement", "Action")`.
        is_significant: whether the values mean different things: no value, zero and false are the same to providers.
    """

    path: str
    before: str
    after: str
    known: bool = True
    names: tuple[str, ...] = ()
    is_significant: bool = True


@dataclass(frozen=True)
class _Position:
    """A position in the compared values.

    Params:
        kind: the resource's type.
        path: the path as it is shown.
        names: the path without positions, by which a secret is detected.
        unknown, marks_before, marks_after: the plan's subtrees of unknown and of sensitive values.
        around: the object that contains the value.
        secret: whether a parent is secret.
    """

    kind: str
    path: str = ""
    names: tuple[str, ...] = ()
    unknown: Any = None
    marks_before: Any = None
    marks_after: Any = None
    around: Any = None
    secret: bool = False

    def key(self, name: str, around: Any) -> "_Position":
        """The value of a key."""
        return replace(
            self,
            path=f"{self.path}.{name}" if self.path else name,
            names=(*self.names, name),
            unknown=_below(self.unknown, name),
            marks_before=_below(self.marks_before, name),
            marks_after=_below(self.marks_after, name),
            around=around,
            secret=self.is_hidden,
        )

    def item(self, label: str, before: int | None, after: int | None) -> "_Position":
        """An item of a list, by its positions before and after."""
        return replace(
            self,
            path=f"{self.path}[{label}]",
            unknown=_below(self.unknown, after),
            marks_before=_below(self.marks_before, before),
            marks_after=_below(self.marks_after, after),
            secret=self.is_hidden,
        )

    @property
    def is_hidden(self) -> bool:
        """Whether the value is secret."""
        marked = self.marks_before is True or self.marks_after is True
        return self.secret or marked or is_secret(self.kind, self.names, self.around)


def _below(tree: Any, step: str | int | None) -> Any:
    if tree is True:
        return True
    if isinstance(tree, Mapping):
        return tree.get(step)
    if isinstance(tree, list) and isinstance(step, int) and step < len(tree):
        return tree[step]
    return None


def compare(
    kind: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    unknown: Mapping[str, Any],
    sensitive: tuple[Any, Any],
) -> tuple[Difference, ...]:
    """The differences, in the order of their paths.

    Params:
        kind: the resource's type.
        before, after, unknown: as the plan has them.
        sensitive: the plan's marks on the values before and after: trees of the same shape, with true for a secret.
    """
    place = _Position(kind, unknown=unknown, marks_before=sensitive[0], marks_after=sensitive[1])
    return tuple(sorted(_walk(place, before, after), key=lambda item: item.path))


def _walk(place: _Position, before: Any, after: Any) -> Iterator[Difference]:
    before, after = _document(before), _document(after)
    if place.unknown is True:
        yield Difference(place.path, _summary(place, before), UNKNOWN, known=False, names=place.names)
    elif isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = (value if isinstance(value, Mapping) else {} for value in (before, after))
        hidden = place.unknown if isinstance(place.unknown, Mapping) else {}
        for key in dict.fromkeys([*old, *new, *hidden]):
            yield from _walk(place.key(str(key), new or old), old.get(key), new.get(key))
    elif isinstance(before, list) or isinstance(after, list):
        items = [value if isinstance(value, list) else [] for value in (before, after)]
        for label, first, second in _pairs(items[0], items[1], place.unknown):
            values = (
                None if first is None else items[0][first],
                None if second is None or second >= len(items[1]) else items[1][second],
            )
            yield from _walk(place.item(label, first, second), *values)
    elif before != after:
        same = _is_default(before) and _is_default(after)
        texts = _shown(place, before), _shown(place, after)
        yield Difference(place.path, texts[0], texts[1], names=place.names, is_significant=not same)


def _is_default(value: Any) -> bool:
    """Whether a provider may have filled the value in; the string "false", as in a policy's condition, is meant."""
    return value is None or (isinstance(value, bool | int | float) and not value)


def _pairs(old: list[Any], new: list[Any], unknown: Any) -> Iterator[tuple[str, int | None, int | None]]:
    """Label and positions of matching items, by name, then by position; equal items are left out."""
    left, right = list(range(len(old))), list(range(len(new)))
    hidden = [index for index in range(len(unknown)) if unknown[index]] if isinstance(unknown, list) else []
    texts = {index: json.dumps(new[index], sort_keys=True) for index in right if index not in hidden}
    for index in list(left):
        text = json.dumps(old[index], sort_keys=True)
        same = next((other for other in right if texts.get(other) == text), None)
        if same is not None:
            left.remove(index)
            right.remove(same)
    for index in list(left):
        name = _name(old[index])
        match = next((other for other in right if name and _name(new[other]) == name), None)
        if match is not None:
            left.remove(index)
            right.remove(match)
            yield str(name), index, match
    while left or right:
        first, second = (indices.pop(0) if indices else None for indices in (left, right))
        at = first if second is None else second
        item = old[first] if second is None and first is not None else new[second] if second is not None else None
        yield _name(item) or str(at), first, second
    yield from ((str(index), None, index) for index in hidden if index >= len(new))


def _name(item: Any) -> str | None:
    if not isinstance(item, Mapping):
        return None
    return next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str) and item[key]), None)


def _document(value: Any) -> Any:
    """A value, with JSON in a string parsed; None where it is empty, which is the same to AWS."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return None if value in ("", [], {}) else value


def _shown(place: _Position, value: Any) -> str:
    if value is None:
        return ABSENT
    if place.is_hidden:
        return MASK
    return masked(value if isinstance(value, str) else json.dumps(value))


def _summary(place: _Position, value: Any) -> str:
    """A value that an unknown one replaces: a document is not shown in full."""
    return "(a document)" if isinstance(value, Mapping | list) else _shown(place, value)
