"""A conditional write has one winner, however many clients compete for it."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from embedded import EmbeddedAws

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
