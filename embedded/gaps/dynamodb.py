"""DynamoDB: conditional writes are atomic, and a page of an index costs the same in a table of any size."""

import threading
from collections.abc import Iterable
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.serialize import BaseJSONSerializer
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from embedded.gaps._patch import Function, wrap
from embedded.gaps._sorted_index import BOUNDS, SortedIndex


def fill() -> None:
    """Fills every gap of this service."""
    answer_one_request_at_a_time()
    forget_items()
    project_attributes()
    answer_plain_values()
    keep_indexes_sorted()


def answer_one_request_at_a_time() -> None:
    """moto's server answers each request on its own thread, and `UpdateItem` checks its condition and writes without a
    lock.

    Without this, two workers can both win a claim on the same job (one in five contended claims had two winners). The
    one that is fenced off leaves its message to expire, so the queue stays busy for the rest of a 90 s lease. AWS
    evaluates the condition and writes as one step:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html#WorkingWithItems.ConditionalUpdate
    """
    lock = threading.Lock()

    def make(original: Function) -> Function:
        def call_action(self: DynamoHandler) -> TYPE_RESPONSE:
            with lock:
                answer: TYPE_RESPONSE = original(self)
            return answer

        return call_action

    wrap(DynamoHandler, "call_action", make)


def forget_items() -> None:
    """moto keeps a reference to every item that it ever made, also to each copy that it makes for an answer.

    Without this, a server grows with each request, by more than a gigabyte while a ledger of 100,000 is paged through.
    """

    def make(_original: Function) -> Function:
        def new(cls: type[Item], *_arguments: object, **_named: object) -> Item:
            return object.__new__(cls)

        return new

    wrap(Item, "__new__", make)


def project_attributes() -> None:
    """moto converts a whole item once for each attribute that is asked for.

    Without this, most of the time of a query is spent on attributes that nobody asked for.
    """

    def make(original: Function) -> Function:
        def project(self: Item, expressions: list[list[str]]) -> Item:
            if any(len(path) > 1 for path in expressions):
                nested: Item = original(self, expressions)
                return nested
            found = Item(self.hash_key, self.range_key, {})
            dict.update(found.attrs, {name: self.attrs[name] for (name,) in expressions if name in self.attrs})
            return found

        return project

    wrap(Item, "project", make)


def answer_plain_values() -> None:
    """moto looks for each of the ten types that a value may have under several names.

    Without this, an answer takes several times as long, and all others wait for it.
    """
    plain = {"S", "N", "BOOL"}

    def make(original: Function) -> Function:
        def serialize(self: BaseJSONSerializer, serialized: Any, value: Any, shape: Any, key: str) -> None:
            if shape.name == "AttributeValue" and isinstance(value, dict) and value.keys() <= plain:
                serialized[key] = value
            else:
                original(self, serialized, value, shape, key)

        return serialize

    wrap(BaseJSONSerializer, "_serialize_type_structure", make)


def keep_indexes_sorted() -> None:
    """moto keeps no index: each query sorts the whole table, and looks through all of it.

    Without this, a page of a list takes longer the larger the ledger is, and holds up every worker meanwhile. An index
    is sorted when it is first asked, and kept so by every write; of what it finds moto makes the page.
    """

    def make_put(original: Function) -> Function:
        def put_item(self: Table, *arguments: Any, **named: Any) -> Item:
            item: Item = original(self, *arguments, **named)
            for index in _indexes(self).values():
                index.put(item)
            return item

        return put_item

    def make_update(original: Function) -> Function:
        def update_item(self: DynamoDBBackend, table_name: str, *arguments: Any, **named: Any) -> Item:
            item: Item = original(self, table_name, *arguments, **named)
            for index in _indexes(self.get_table(table_name)).values():
                index.put(item)
            return item

        return update_item

    def make_delete(original: Function) -> Function:
        def delete_item(self: Table, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
            for index in _indexes(self).values():
                index.drop(hash_key)
            item: Item | None = original(self, hash_key, range_key)
            return item

        return delete_item

    def make_query(original: Function) -> Function:
        def query(self: Any, partition: DynamoType, *arguments: Any, **named: Any) -> object:
            comparison, values, limit, after, is_forward, _projection, name, *_rest = arguments
            index = _index(self, name) if comparison in BOUNDS else None
            items, found = self.items, self.items
            if index is not None:
                page = index.page(partition, comparison, values, after, limit, is_forward=is_forward)
                found = {item.hash_key: self.get_index(name).project(item) for item in page}
            self.items = found
            try:
                return original(self, partition, *arguments, **named)
            finally:
                self.items = items

        return query

    wrap(Table, "put_item", make_put)
    wrap(DynamoDBBackend, "update_item", make_update)
    wrap(Table, "delete_item", make_delete)
    wrap(Table, "query", make_query)


def _indexes(table: Table) -> dict[tuple[str, ...], SortedIndex]:
    """The indexes of a table that were asked for so far, by their attributes."""
    found: dict[tuple[str, ...], SortedIndex] = vars(table).setdefault("sorted_indexes", {})
    return found


def _index(table: Table, name: str | None) -> SortedIndex | None:
    """The index of this name; None where there is none, or it is of another kind than the ledger's."""
    schema = next((each.schema for each in table.all_indexes() if each.name == name), [])
    if [key["KeyType"] for key in schema] != ["HASH", "RANGE"] or table.has_range_key:
        return None
    names = (*(key["AttributeName"] for key in schema), table.hash_key_attr)
    index = _indexes(table).get(names)
    if index is None:
        index = _indexes(table)[names] = SortedIndex(*names)
        items: Iterable[Any] = table.items.values()
        for item in items:
            index.put(item)
    return index
