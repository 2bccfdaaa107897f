"""A message body is decoded once: leniently for its ids and fingerprint, strictly for its job."""

import contextlib
import json
from typing import Any

import pytest

from worker.job import ErrorCode, MessageBody, PermanentError, ResendRequest, parse_message, peek_identity


def test_white_space_and_order_do_not_change_the_fingerprint() -> None:
    body = MessageBody('{"b": 1, "a": [1.50]}')
    assert body.fingerprint() == MessageBody(json.dumps({"a": [1.5], "b": 1}, indent=2)).fingerprint()
    assert body.fingerprint() != MessageBody('{"b": 2, "a": [1.5]}').fingerprint()
    assert MessageBody("{").fingerprint() != MessageBody("{ ").fingerprint()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"job_id": "j", "a": NaN}', "NaN is not a JSON number"),
        ('{"job_id": "j", "a": -Infinity}', "-Infinity is not a JSON number"),
        ('{"job_id": "j", "a": 1e999}', "1e999 is too large a number"),
        ('{"job_id": "i", "job_id": "j"}', "the name 'job_id' stands twice in one object"),
    ],
)
def test_what_only_a_lenient_decoder_reads_still_has_an_identity(text: str, reason: str) -> None:
    body = MessageBody(text)
    identity = peek_identity(body, {})
    assert identity is not None
    assert identity.job_id == "j"
    with pytest.raises(PermanentError) as refused:
        body.strict_value()
    assert refused.value.code is ErrorCode.INVALID_MESSAGE
    assert refused.value.message == f"The message can't be read as JSON: {reason}."


def test_the_first_error_of_a_body_is_the_one_reported() -> None:
    with pytest.raises(PermanentError, match="NaN is not a JSON number"):
        MessageBody('{"a": NaN, "b": }').strict_value()
    with pytest.raises(PermanentError, match="Expecting value"):
        MessageBody('{"b": , "a": NaN}').strict_value()


def test_a_body_nested_too_deep_is_over_a_limit() -> None:
    body = MessageBody("[" * 100_000)
    assert peek_identity(body, {"job_id": "j"}) is not None
    with pytest.raises(PermanentError, match="nested deeper") as refused:
        body.strict_value()
    assert refused.value.code is ErrorCode.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    "text",
    [
        *(f'{{"job_id": "j", "webhook_url": {"[" * depth}{"]" * depth}}}' for depth in range(900, 1_000)),
        '{"job_id": "j", "video_id": %s}' % ("9" * 4_000),
        '{"job_id": "j", "video_id": %s}' % ("9" * 5_000),
        '{"job_id": "j", "video_id": "\\ud800", "webhook": "\\udfff", "version": {}}',
        '{"resend_webhook": {"job_id": "\\ud800"}}',
        '{"resend_webhook": {"job_id": []}}',
    ],
)
def test_everything_that_reads_a_body_before_it_is_validated_takes_any(text: str) -> None:
    body = MessageBody(text)
    identity = peek_identity(body, {"job_id": "k"})
    assert identity is not None
    assert identity.job_id in {"j", "k"}
    assert f"{identity}".encode()
    assert len(body.fingerprint()) == 64
    request = ResendRequest.parse(body)
    assert request is None or request.body().encode()


@pytest.mark.parametrize("sent", [0, False, [], {}])
def test_an_attribute_never_replaces_an_id_that_the_body_has(sent: Any) -> None:
    """Two readings would let a message work under one job's id and report under another's."""
    fields = {"job_id": sent, "video_id": "v", "segments": [{"video_url": "s3://bucket/a.mp4", "duration": 1}]}
    attributes = {"job_id": "running"}
    body = MessageBody(json.dumps(fields))
    identity = peek_identity(body, attributes)
    assert identity is not None
    with contextlib.suppress(PermanentError):  # what is no id
        assert parse_message(body, attributes).job.job_id == identity.job_id == "0"
