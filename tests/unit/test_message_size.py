"""Messages as large as SQS allows: what is recorded of them fits into a ledger item."""

import json
from typing import Any

import pytest

from worker.job import MessageBody, PermanentError, limits, parse_message

ITEM_BYTES = 400 * 1024
"""Largest DynamoDB item. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

JOB: dict[str, Any] = {
    "version": 1,
    "job_id": "j",
    "video_id": "v",
    "property_id": "21",
    "user_id": "u",
    "output": {"width": 1080, "thumbnail": {"time": 1}},
    "clips": [{"source": "s3://hospup-files/videos/été.mp4", "duration": 1, "adjustments": {"hue": 1}}],
    "texts": [
        {"content": "Bienvenue à l'hôtel", "start": 0, "end": 1, "style": {"color": "red", "textShadow": "none"}}
    ],
    "audio": {"soundtrack": "s3://hospup-files/music.mp3"},
    "webhook": {"url": "https://api.example.com/hook"},
    "metadata": {"x": 1},
}
BACKEND: dict[str, Any] = {
    "job_id": "j",
    "video_id": "v",
    "user_id": "u",
    "segments": [{"id": "1", "video_url": "s3://hospup-files/videos/été.mp4", "duration": 1, "order": 1}],
    "text_overlays": [
        {"content": "Été", "start_time": 0, "end_time": 1, "style": {"color": "red", "fontSize": "80px"}}
    ],
    "custom_script": {"clips": [{"order": 1, "duration": 1, "presets": {"hue": 1}}], "total_duration": 1},
}
FILLINGS: dict[str, Any] = {
    "a long text": "é" * 500_000,
    "a long name": {"x" * 1_000_000: 1},
    "many long names": {f"{'z' * 2_000}{number}": {} for number in range(490)},
    "many items": ["y" * 900] * 1_000,
    "texts with long styles": [{"content": "x", "style": {"q" * 8_000: 1, "color": "r" * 1_900}}] * 100,
}


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything in a message, itself left out."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, inner in items for place in ((*path, key), *places(inner, (*path, key)))]


def filled(message: dict[str, Any], place: tuple[Any, ...], filling: Any) -> str:
    copy = json.loads(json.dumps(message))
    target = copy
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = filling
    return json.dumps(copy, ensure_ascii=False)


def recorded_bytes(text: str) -> int:
    """The size of what a message's end repeats from it, in bytes. The error's sentence is in the item twice."""
    try:
        parsed = parse_message(MessageBody(text))
    except PermanentError as error:
        return len(json.dumps([error.message, error.message, error.pointer], ensure_ascii=False).encode())
    job = parsed.job
    told: list[list[Any]] = [[warning.code, warning.pointer, warning.message] for warning in parsed.warnings]
    told.append([job.job_id, job.video_id, job.property_id, job.user_id, job.template_id, job.metadata])
    return len(json.dumps(told, ensure_ascii=False).encode())


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
@pytest.mark.parametrize("message", [JOB, BACKEND], ids=["v1", "backend"])
def test_the_end_of_a_message_of_1_mib_fits_into_the_ledger(message: dict[str, Any], filling: Any) -> None:
    for place in places(message):
        text = filled(message, place, filling)
        assert len(text.encode()) <= limits.MESSAGE_BYTES
        assert recorded_bytes(text) < ITEM_BYTES / 2, place


def test_a_message_of_1_mib_is_parsed_and_one_byte_more_is_refused() -> None:
    room = limits.MESSAGE_BYTES - len(json.dumps(BACKEND | {"editor_state": ""}).encode())
    text = json.dumps(BACKEND | {"editor_state": "x" * room})
    assert parse_message(MessageBody(text)).job.job_id == "j"
    with pytest.raises(PermanentError, match="1048576 bytes"):
        parse_message(MessageBody(text + " "))
