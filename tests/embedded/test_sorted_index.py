"""An index that is kept sorted finds what moto finds by looking through the whole table, page by page."""

import itertools
import random
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from embedded.gaps._sorted_index import SortedIndex

NAMES = ("status", "created_at", "job_id")
CONDITIONS: list[tuple[str | None, list[str]]] = [
    (None, []),
    ("=", ["5"]),
    ("<", ["10"]),
    ("<=", ["10"]),
    (">", ["10"]),
    (">=", ["10.0"]),
    ("BETWEEN", ["4.5", "12"]),
    ("BETWEEN", ["12", "4.5"]),
]


def table() -> Any:
    index = {
        "IndexName": "by-status",
        "KeySchema": [
            {"AttributeName": "status", "KeyType": "HASH"},
            {"AttributeName": "created_at", "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "ALL"},
    }
    attributes = [{"AttributeName": name, "AttributeType": "N" if name == "created_at" else "S"} for name in NAMES]
    key = [{"AttributeName": "job_id", "KeyType": "HASH"}]
    make: Any = Table
    return make("t", "1", "eu-west-1", schema=key, attr=attributes, global_indexes=[index])


def item(rng: random.Random, job_id: str) -> dict[str, Any]:
    """An item that is in the index, or lacks one of its attributes."""
    values = {"status": {"S": rng.choice("AB")}, "created_at": {"N": rng.choice(["5", "10", "10.5", "9", "100", "-1"])}}
    if rng.random() < 0.2:
        values.pop(rng.choice(list(values)))
    return values | {"job_id": {"S": job_id}}


def found_by_moto(by_moto: Any, partition: DynamoType, comparison: str | None, values: Any, is_forward: bool) -> Any:
    """The ids that moto finds, on one page."""
    keys = {
        "hash_key_conditions": [("status", partition)],
        "range_key_conditions": [("created_at", comparison, values)] if comparison else [],
    }
    items, _, _ = by_moto.query(partition, comparison, values, None, None, is_forward, None, "by-status", **keys)
    return [each.hash_key.value for each in items]


def found_by_page(index: Any, limit: int | None, *asked: Any, is_forward: bool) -> list[str]:
    """The ids that the index finds, page by page."""
    ids: list[str] = []
    after: dict[str, Any] | None = None
    while True:
        items = index.page(*asked, after, limit, is_forward=is_forward)[:: 1 if is_forward else -1]
        assert limit is None or len(items) <= limit + 1
        page = items[:limit]
        ids += [each.hash_key.value for each in page]
        if len(page) == len(items):
            return ids
        after = {name: page[-1].attrs[name].to_json() for name in NAMES}


def test_it_finds_what_moto_finds() -> None:
    rng = random.Random(1)  # noqa: S311  no secret
    by_moto, index = table(), SortedIndex(*NAMES)
    for _ in range(300):
        key = DynamoType({"S": rng.choice(["é", "z", "Z", *map(str, range(40))])})
        if rng.random() < 0.2:
            by_moto.delete_item(key, None)
            index.drop(key)
        else:
            index.put(by_moto.put_item(item(rng, key.value)))
    partitions = [DynamoType({"S": name}) for name in ("A", "B", "none")]
    for partition, (comparison, numbers), is_forward in itertools.product(partitions, CONDITIONS, (True, False)):
        values = [DynamoType({"N": number}) for number in numbers]
        expected = found_by_moto(by_moto, partition, comparison, values, is_forward)
        for limit in (None, 1, 3, 1000):
            found = found_by_page(index, limit, partition, comparison, values, is_forward=is_forward)
            assert found == expected, (partition, comparison, numbers, limit)
