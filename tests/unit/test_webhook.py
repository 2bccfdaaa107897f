"""Signing, and the meaning of responses."""

import json
import time
from email.utils import formatdate

import pytest
from standardwebhooks import Webhook

from worker.net.webhook import Outcome, classify_status, event_id, parse_retry_after, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = json.dumps({"content": "Été à l'hôtel 🌊"}, ensure_ascii=False).encode()


def headers(secrets: list[str]) -> dict[str, str]:
    now = int(time.time())
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secrets, "msg_1", now, BODY),
    }


def test_the_reference_library_accepts_the_signature() -> None:
    assert Webhook(SECRET).verify(BODY, headers([SECRET]))


def test_while_a_secret_is_rotated_both_hold() -> None:
    sent = headers([OTHER, SECRET])
    assert len(sent["webhook-signature"].split()) == 2
    assert Webhook(SECRET).verify(BODY, sent)
    assert Webhook(OTHER).verify(BODY, sent)


def test_the_signature_is_the_specification_s() -> None:
    # The example of the Standard Webhooks specification's reference implementations.
    signature = sign([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        *[(status, Outcome.DELIVERED) for status in (200, 201, 204, 299)],
        *[(status, Outcome.FAILED) for status in (408, 409, 425, 429, 500, 502, 503, 504)],
        *[(status, Outcome.REFUSED) for status in (301, 302, 307, 400, 401, 403, 404, 410, 422)],
    ],
)
def test_what_a_status_means(status: int, outcome: Outcome) -> None:
    assert classify_status(status) is outcome


def test_retry_after() -> None:
    assert parse_retry_after(None) == 0
    assert parse_retry_after("7") == 7
    assert parse_retry_after("soon") == 0
    assert parse_retry_after(formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=2)


def test_an_event_keeps_its_id() -> None:
    assert event_id("job", "COMPLETE", "d1") == event_id("job", "COMPLETE", "d1")
    others = {event_id("job", "ERROR", "d1"), event_id("job2", "COMPLETE", "d1"), event_id("job", "COMPLETE", "d2")}
    assert len(others | {event_id("job", "COMPLETE", "d1")}) == 4
