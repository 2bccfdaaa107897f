"""A secondary index of a DynamoDB table: the entries of each partition in the order of their range key."""

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType, Item

_Bound = Callable[..., int] | None

BOUNDS: Mapping[str | None, tuple[_Bound, _Bound]] = {
    None: (None, None),
    "=": (bisect_left, bisect_right),
    "<": (None, bisect_left),
    "<=": (None, bisect_right),
    ">": (bisect_right, None),
    ">=": (bisect_left, None),
    "BETWEEN": (bisect_left, bisect_right),
}
"""Conditions on the range key: what finds the first entry that meets one, and the one after the last."""


class SortedIndex:
    """The index on the attributes `partition` and `range_key` of a table whose only key is `key`."""

    def __init__(self, partition: str, range_key: str, key: str) -> None:
        self._names = partition, range_key, key
        self._partitions: defaultdict[object, list[tuple[Any, Any]]] = defaultdict(list)
        self._places: dict[object, tuple[object, tuple[Any, Any], Item]] = {}

    def put(self, item: Item) -> None:
        """Let the index know an item as it is now; one that lacks an attribute of the index is in none."""
        self.drop(item.hash_key)
        if all(name in item.attrs for name in self._names):
            partition, *entry = (_plain(item.attrs[name]) for name in self._names)
            place = partition, (entry[0], entry[1]), item
            self._places[_plain(item.hash_key)] = place
            insort(self._partitions[partition], place[1])

    def drop(self, key: DynamoType) -> None:
        """Let the index forget the item at a key."""
        if place := self._places.pop(_plain(key), None):
            entries = self._partitions[place[0]]
            del entries[bisect_left(entries, place[1])]

    def page(
        self,
        partition: DynamoType,
        comparison: str | None,
        values: Sequence[DynamoType],
        after: Mapping[str, Any] | None,
        limit: int | None,
        *,
        is_forward: bool,
    ) -> list[Item]:
        """The items of a partition that meet a condition on the range key, from the one `after` another on, and at most
        one more than `limit`."""
        entries = self._partitions.get(_plain(partition), [])
        find_first, find_end = BOUNDS[comparison]
        by_range = itemgetter(0)
        first = find_first(entries, _plain(values[0]), key=by_range) if find_first else 0
        end = find_end(entries, _plain(values[-1]), key=by_range) if find_end else len(entries)
        if after:
            last = tuple(_plain(DynamoType(after[name])) for name in self._names[1:])
            first = max(first, bisect_right(entries, last)) if is_forward else first
            end = end if is_forward else min(end, bisect_left(entries, last))
        if limit and is_forward:
            end = min(end, first + limit + 1)
        elif limit:
            first = max(first, end - limit - 1)
        return [self._places[key][2] for _, key in entries[first:end]]


def _plain(value: DynamoType) -> Any:
    """A key's value, which sorts as DynamoDB does: numbers by value, the others by their bytes."""
    return Decimal(value.value) if value.type == "N" else str(value.value).encode()
