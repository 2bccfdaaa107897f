"""The webhook receiver records requests byte for byte and answers with the given statuses."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from embedded.receiver import WebhookReceiver


def post(url: str, body: bytes, **headers: str) -> int:
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def receiver_in(folder: Path, status: int = 200, statuses: Sequence[int] = ()) -> WebhookReceiver:
    return WebhookReceiver(record=folder / "hooks.jsonl", log=folder / "receiver.log", status=status, statuses=statuses)


def test_it_records_time_path_headers_and_the_exact_body(tmp_path: Path) -> None:
    body = '{ "status":"COMPLETE",\n "text": "été 🌞" }'
    with receiver_in(tmp_path) as receiver:
        before = time.time()
        assert post(receiver.url + "?a=1", body.encode(), **{"Webhook-Id": "msg_1"}) == 200
        (delivery,) = receiver.requests()
    assert before <= delivery.time <= time.time()
    assert delivery.path == "/webhook?a=1"
    assert delivery.headers["webhook-id"] == "msg_1"
    assert delivery.body == body
    assert delivery.json()["text"] == "été 🌞"
    assert delivery.status == 200


def test_bytes_that_are_no_text_come_through_unharmed(tmp_path: Path) -> None:
    with receiver_in(tmp_path) as receiver:
        post(receiver.url, b"\xff\x00\xfe")
        (delivery,) = receiver.requests()
    assert delivery.body.encode("utf-8", "surrogateescape") == b"\xff\x00\xfe"


def test_it_answers_by_script_and_then_as_usual(tmp_path: Path) -> None:
    with receiver_in(tmp_path, status=204, statuses=[503, 429]) as receiver:
        assert [post(receiver.url, b"{}") for _ in range(4)] == [503, 429, 204, 204]
        assert [delivery.status for delivery in receiver.requests()] == [503, 429, 204, 204]


def test_wait_for_finds_what_has_arrived_and_gives_up_with_a_reason(tmp_path: Path) -> None:
    with receiver_in(tmp_path) as receiver:
        with pytest.raises(TimeoutError, match="0 arrived"):
            receiver.wait_for(lambda _: True, timeout=0.1)
        post(receiver.url, json.dumps({"status": "PROGRESSING"}).encode())
        post(receiver.url, json.dumps({"status": "COMPLETE"}).encode())
        found = receiver.wait_for(lambda delivery: delivery.json()["status"] == "COMPLETE", timeout=60)
        assert found.json() == {"status": "COMPLETE"}
        with pytest.raises(TimeoutError, match=r"2 arrived.*COMPLETE"):
            receiver.wait_for(lambda delivery: delivery.json()["status"] == "ERROR", timeout=0.1)


def test_the_record_stays_after_the_end_and_is_emptied_by_the_next_start(tmp_path: Path) -> None:
    with receiver_in(tmp_path) as receiver:
        post(receiver.url, b"1")
    assert [delivery.body for delivery in receiver.requests()] == ["1"]
    with pytest.raises(RuntimeError, match="not started"):
        _ = receiver.url
    with receiver:
        assert receiver.requests() == []
