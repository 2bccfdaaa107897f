"""Which messages the ledger keeps, and what is sent again."""

import hashlib
import json
from typing import Any

import pytest

from worker.job import MessageBody, keep_message, message_to_send_again
from worker.job.kept_message import KEPT_BYTES


def kept(message: Any) -> bytes | None:
    return keep_message(MessageBody(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)))


def test_a_kept_message_is_the_same_job_under_a_new_id() -> None:
    message = {
        "job_id": "old",
        "video_id": "pool",
        "property_id": 21,
        "webhook_url": "https://api.example.com/hook",
        "segments": [{"video_url": "https://s3.eu-west-1.amazonaws.com/hospup/été a@b.MOV", "duration": 2.50}],
        "text_overlays": [{"content": "Où ? À l'hôtel 🌊 : moi@hotel.fr", "start_time": 0}],
        "total_duration": None,
    }
    stored = kept(message)
    assert stored is not None
    assert json.loads(message_to_send_again(stored, "new", "unused")) == message | {"job_id": "new"}


def test_an_id_of_an_attribute_becomes_one_of_the_message() -> None:
    stored = kept({"property_id": "21"})
    assert stored is not None
    assert json.loads(message_to_send_again(stored, "new", "pool")) == {
        "property_id": "21",
        "job_id": "new",
        "video_id": "pool",
    }


def test_half_a_character_stays_escaped() -> None:
    stored = kept('{"text": "\\ud800"}')
    assert stored is not None
    assert json.loads(message_to_send_again(stored, "n", "v").encode()) == {
        "text": "\ud800",
        "job_id": "n",
        "video_id": "v",
    }


@pytest.mark.parametrize(
    "message",
    [
        {"webhook_url": "https://user:word@api.example.com/hook"},
        {"webhook": {"url": "HTTPS://user@api.example.com"}},
        {"segments": [{"video_url": "https://bucket.s3.amazonaws.com/a.mp4?X-Amz-Signature=0f"}]},
        {"text_overlays": [{"style": {"backgroundImage": "url('https://cdn.example.com/a.png?sig=1')"}}]},
        {"metadata": {"api_key": "k"}},
        {"metadata": {"accessToken": ["t"]}},
        {"metadata": [[{"Authorization": "Bearer t"}]]},
    ],
)
def test_a_message_that_may_hold_a_secret_is_not_kept(message: dict[str, Any]) -> None:
    assert kept(message) is None
    assert kept({"webhook_url": "https://api.example.com/hook", "metadata": {"api_key": ""}}) is not None


def test_a_message_that_stays_large_is_not_kept() -> None:
    noise = b"".join(hashlib.sha256(bytes([number & 255, number >> 8])).digest() for number in range(KEPT_BYTES // 32))
    assert kept({"texts": noise.hex()}) is None
    assert kept({"texts": noise[: KEPT_BYTES // 2].hex()}) is not None
    assert kept({"texts": "sea " * 250_000}) is not None


@pytest.mark.parametrize("text", ["", "[]", "1", "{", "[" * 5_000, '"https://a"'])
def test_what_is_no_job_is_not_kept(text: str) -> None:
    assert kept(text) is None


@pytest.mark.parametrize("stored", [b"", b"{}", b"x\x9c\x03\x00\x00\x00\x00\x01", b"x\x9c32\x01\x00\x00\x95\x00c"])
def test_what_no_worker_kept_is_refused_by_one_error(stored: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        message_to_send_again(stored, "new", "v")
