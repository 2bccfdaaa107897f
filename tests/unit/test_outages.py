"""Outages of AWS: which errors are one, and how long a call is repeated."""

import time
from pathlib import Path

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ParamValidationError

from worker.aws import health
from worker.aws.outages import Outages, is_outage
from worker.errors import CancelledError

DOWN = EndpointConnectionError(endpoint_url="https://s3.eu-west-1.amazonaws.com")


def answered(status: int, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]


def upload_failed(cause: Exception) -> Exception:
    """As boto3's upload_file raises it: while the request's own error is handled."""
    try:
        try:
            raise cause
        except Exception:  # noqa: BLE001  any of them
            raise S3UploadFailedError("Failed to upload")  # noqa: B904  as boto3 does
    except S3UploadFailedError as failed:
        return failed


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        NoCredentialsError(),
        answered(500, "InternalError"),
        answered(503, "SlowDown"),
        answered(400, "ThrottlingException"),
        answered(400, "ProvisionedThroughputExceededException"),
        answered(403, "RequestTimeTooSkewed"),
        upload_failed(DOWN),
        upload_failed(answered(503, "SlowDown")),
    ],
)
def test_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        answered(404, "NoSuchKey"),
        answered(403, "AccessDenied"),
        answered(400, "ConditionalCheckFailedException"),
        answered(400, "ValidationException"),
        upload_failed(answered(403, "AccessDenied")),
        ParamValidationError(report="Key is too long"),
        ValueError("ours"),
    ],
)
def test_an_error_of_the_request(error: Exception) -> None:
    assert not is_outage(error)
    calls = []

    def call() -> None:
        calls.append(1)
        raise error

    with pytest.raises(type(error)):
        Outages(lambda _: False).outlast(call)
    assert len(calls) == 1


class Service:
    """Fails `outages` times, then answers."""

    def __init__(self, outages: int) -> None:
        self.outages = outages

    def ask(self, question: str) -> str:
        if self.outages:
            self.outages -= 1
            raise DOWN
        return f"{question}: yes"


def test_a_call_is_repeated_until_aws_answers_and_the_time_is_known() -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> bool:
        pauses.append(seconds)
        return False

    outages = Outages(pause)
    assert outages.patient(Service(6)).ask("once more") == "once more: yes"
    assert len(pauses) == 6
    assert max(pauses) <= 12
    assert outages.waited > 0
    before = outages.waited
    assert outages.patient(Service(0)).ask("at once") == "at once: yes"
    assert outages.waited == before


def test_a_shutdown_ends_the_wait() -> None:
    with pytest.raises(CancelledError):
        Outages(lambda _: True).outlast(lambda: Service(1).ask("why"))


def test_after_the_longest_time_the_outage_is_the_jobs() -> None:
    with pytest.raises(EndpointConnectionError):
        Outages(lambda _: False, longest_seconds=0).outlast(lambda: Service(2).ask("why"))


def test_a_worker_that_waits_is_healthy_for_half_an_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "ALIVE_FILE", tmp_path / "health" / "alive")
    health.mark_alive()
    (tmp_path / "health" / "alive").unlink()
    health.mark_waiting()
    assert health.is_alive()
    (tmp_path / "health" / "alive").unlink()
    answered_at = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: answered_at + health.OUTAGE_SECONDS + 1)
    health.mark_waiting()
    assert not health.is_alive()
