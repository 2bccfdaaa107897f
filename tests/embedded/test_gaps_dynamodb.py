"""A conditional write has one winner, however many clients compete for it; an index is sorted as DynamoDB does."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

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
