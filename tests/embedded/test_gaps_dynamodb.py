"""A conditional write has one winner, however many clients compete for it; an index is sorted as DynamoDB does."""

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from embedded import EmbeddedAws
from tests.ledger_table import create_ledger

CLIENTS = 8


@pytest.fixture(scope="module")
def table(aws: EmbeddedAws) -> str:
    aws.client("dynamodb").create_table(
        TableName="contended",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    return "contended"


def test_a_conditional_update_has_one_winner(aws: EmbeddedAws, table: str) -> None:
    clients = [aws.client("dynamodb") for _ in range(CLIENTS)]
    start = threading.Barrier(CLIENTS)

    def claims(number: int, item: str) -> bool:
        start.wait()
        with contextlib.suppress(clients[number].exceptions.ConditionalCheckFailedException):
            clients[number].update_item(
                TableName=table,
                Key={"id": {"S": item}},
                UpdateExpression="SET winner = :number",
                ConditionExpression="attribute_not_exists(id)",
                ExpressionAttributeValues={":number": {"N": str(number)}},
            )
            return True
        return False

    with ThreadPoolExecutor(CLIENTS) as pool:
        winners = [sum(pool.map(claims, range(CLIENTS), [f"item-{item}"] * CLIENTS)) for item in range(20)]
    assert winners == [1] * 20


def test_an_index_sorts_numbers_by_value_and_equal_ones_by_the_tables_key(aws: EmbeddedAws) -> None:
    dynamodb = aws.client("dynamodb")
    create_ledger(dynamodb, "sorted")
    for job_id, created_at in (("a", "9"), ("b", "10"), ("d", "100.5"), ("c", "10"), ("é", "-1")):
        entry = {"job_id": {"S": job_id}, "status": {"S": "ERROR"}, "created_at": {"N": created_at}}
        dynamodb.put_item(TableName="sorted", Item=entry)
    pages = dynamodb.get_paginator("query").paginate(
        TableName="sorted",
        IndexName="by-status",
        KeyConditionExpression="#key = :value",
        ExpressionAttributeNames={"#key": "status"},
        ExpressionAttributeValues={":value": {"S": "ERROR"}},
        PaginationConfig={"PageSize": 2},
    )
    assert [item["job_id"]["S"] for page in pages for item in page["Items"]] == ["é", "a", "b", "c", "d"]


def test_a_page_of_an_index_shows_each_write(aws: EmbeddedAws) -> None:
    dynamodb = aws.client("dynamodb")
    create_ledger(dynamodb, "written")

    def of_status(status: str) -> list[dict[str, Any]]:
        return list(
            dynamodb.query(
                TableName="written",
                IndexName="by-status",
                KeyConditionExpression="#key = :value AND created_at >= :since",
                ExpressionAttributeNames={"#key": "status"},
                ExpressionAttributeValues={":value": {"S": status}, ":since": {"N": "5"}},
                ScanIndexForward=False,
                Limit=10,
            )["Items"]
        )

    def change(expression: str, **values: Any) -> None:
        dynamodb.update_item(
            TableName="written",
            Key={"job_id": {"S": "j"}},
            UpdateExpression=expression,
            ExpressionAttributeNames={"#status": "status"},
            **({"ExpressionAttributeValues": values} if values else {}),
        )

    assert of_status("RENDERING") == []
    change(
        "SET #status = :status, created_at = :now, progress = :now",
        **{":status": {"S": "RENDERING"}, ":now": {"N": "9"}},
    )
    only_keys = {"job_id": {"S": "j"}, "status": {"S": "RENDERING"}, "created_at": {"N": "9"}}
    assert of_status("RENDERING") == [only_keys]
    change("SET #status = :status", **{":status": {"S": "ERROR"}})
    assert (of_status("RENDERING"), len(of_status("ERROR"))) == ([], 1)
    change("REMOVE #status")
    assert of_status("ERROR") == []
    dynamodb.put_item(TableName="written", Item=only_keys)
    assert of_status("RENDERING") == [only_keys]
    dynamodb.delete_item(TableName="written", Key={"job_id": {"S": "j"}})
    assert of_status("RENDERING") == []


def test_values_of_every_type_are_answered_as_they_were_written(aws: EmbeddedAws, table: str) -> None:
    dynamodb = aws.client("dynamodb")
    inner = {"text": {"S": "é"}, "number": {"N": "1.5"}, "no": {"BOOL": False}, "nothing": {"NULL": True}}
    item = {"id": {"S": "typed"}, "map": {"M": inner}, "list": {"L": [*inner.values()]}, "bytes": {"B": b"\x00\xff"}}
    item |= {"texts": {"SS": ["a"]}, "numbers": {"NS": ["1"]}, **inner}
    dynamodb.put_item(TableName=table, Item=item)

    def read(**asked: Any) -> Any:
        (found,) = dynamodb.batch_get_item(RequestItems={table: {"Keys": [{"id": {"S": "typed"}}], **asked}})[
            "Responses"
        ][table]
        return found

    assert read() == item
    assert read(ProjectionExpression="id, #map, absent", ExpressionAttributeNames={"#map": "map"}) == {
        name: item[name] for name in ("id", "map")
    }
    nested = read(ProjectionExpression="id, #map.#text", ExpressionAttributeNames={"#map": "map", "#text": "text"})
    assert nested == {"id": item["id"], "map": {"M": {"text": inner["text"]}}}


def test_items_are_forgotten() -> None:
    """In a process of its own, whose moto is not that of other tests."""
    code = (
        "from embedded import gaps; gaps.fill()\n"
        "from moto.dynamodb.models.dynamo_type import DynamoType, Item\n"
        "Item(DynamoType({'S': 'a'}), None, {}); print(Item.instances_tracked)"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed == "[]\n"
