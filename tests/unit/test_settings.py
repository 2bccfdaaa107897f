"""The worker's environment variables, and the one-line error for each that is missing or malformed."""

import os
import subprocess
import sys

import pytest

from worker.errors import SettingsError
from worker.net.allow_list import Origin
from worker.settings import Settings, load_settings

ENVIRONMENT = {
    "SQS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/hospup-video-jobs",
    "MEDIA_BUCKET": "hospup-files",
    "JOBS_TABLE": "hospup-video-jobs",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


def load(**more: str) -> Settings:
    return load_settings(ENVIRONMENT | more)


def test_the_least_that_is_needed() -> None:
    settings = load()
    assert settings.readable_buckets == {"hospup-files"}
    assert settings.webhook_url is None
    assert settings.parts_queue_url is None
    assert settings.webhook_secrets == ()
    assert settings.log_json


def test_idle_workers_help_where_a_queue_of_parts_is_named() -> None:
    queue = "https://sqs.eu-west-1.amazonaws.com/1/hospup-video-parts"
    assert load(PARTS_QUEUE_URL=queue).parts_queue_url == queue
    assert load(PARTS_QUEUE_URL=" ").parts_queue_url is None


@pytest.mark.parametrize(
    ("address", "task"),
    [
        ("http://169.254.170.2/v4/cd189a933e5849daa93386466019ab50-2495160603", "cd189a933e5849daa93386466019ab50"),
        ("http://169.254.170.2/v4/9781c248-0edd-4cdb-9a93-f63cb662a5d3", None),
        ("", None),
    ],
)
def test_the_task_is_named_by_the_address_of_its_metadata(address: str, task: str | None) -> None:
    """As on Fargate; on EC2 the address does not hold the task's id."""
    assert load(ECS_CONTAINER_METADATA_URI_V4=address).task_id == task


def test_lists_and_secrets() -> None:
    settings = load(
        MEDIA_BUCKETS="other-files, third-files",
        WEBHOOK_ALLOWED_HOSTS="API.example.com",
        WEBHOOK_SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        PUBLIC_BASE_URL="https://cdn.example.com/",
        LOG_FORMAT="text",
    )
    assert settings.readable_buckets == {"hospup-files", "other-files", "third-files"}
    assert settings.webhook_allowed_hosts == (Origin("api.example.com"),)
    assert len(settings.webhook_secrets) == 2
    assert settings.public_base_url == "https://cdn.example.com"
    assert not settings.log_json


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} is missing"):
        load(**{name: " "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SQS_QUEUE_URL", "hospup-video-jobs"),
        ("PARTS_QUEUE_URL", "hospup-video-parts"),
        ("MEDIA_BUCKET", "Hospup Files"),
        ("MEDIA_BUCKETS", "ok-bucket,NO"),
        ("WEBHOOK_URL", "api.example.com"),
        ("WEBHOOK_ALLOWED_HOSTS", "https://api.example.com/hook"),
        ("WEBHOOK_SECRET", "whsec_short"),
        ("LOG_LEVEL", "loud"),
        ("PEAK_JOBS_SECONDS", "4m"),
        ("PEAK_JOBS_SECONDS", "86401"),
        ("LOG_FORMAT", "xml"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "grpc://collector"),
    ],
)
def test_a_malformed_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        load(**{name: value})
    assert "\n" not in str(caught.value)
    assert name != "WEBHOOK_SECRET" or value not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "exports"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "videos"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector", "OTEL_SDK_DISABLED": "TRUE"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_spans_are_exported_where_a_collector_is_named(more: dict[str, str], exports: bool) -> None:
    assert load(**more).exports_spans is exports


def test_a_protocol_that_the_worker_does_not_speak_is_named() -> None:
    with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc': the worker speaks http/protobuf"):
        load(OTEL_EXPORTER_OTLP_ENDPOINT="https://collector", OTEL_EXPORTER_OTLP_PROTOCOL="grpc")


def test_the_collectors_headers_are_checked_and_never_shown() -> None:
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://collector"}
    load(**collector, OTEL_EXPORTER_OTLP_HEADERS="api-key=k%2C1, authorization=Bearer a=b,")
    for headers in ("sesame", "api-key=ok,sesame", "api key=sesame", 'api-key="sesame"'):
        with pytest.raises(SettingsError, match="OTEL_EXPORTER_OTLP_HEADERS is malformed") as caught:
            load(**collector, OTEL_EXPORTER_OTLP_HEADERS=headers)
        assert "sesame" not in str(caught.value)


@pytest.mark.slow
def test_the_process_ends_with_one_line() -> None:
    environment = {"PATH": os.environ["PATH"], "SQS_QUEUE_URL": "nonsense"} | dict(list(ENVIRONMENT.items())[1:])
    done = subprocess.run(
        [sys.executable, "-m", "worker"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("worker: SQS_QUEUE_URL is not a URL")
    assert done.stderr.count("\n") == 1
