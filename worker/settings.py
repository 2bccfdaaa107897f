"""The worker's settings, read from environment variables once, at start-up."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from worker.errors import SettingsError
from worker.job.media_url import BUCKET_NAME
from worker.net.allow_list import Origin

SECRET_BYTES_MIN = 16
"""Shortest webhook secret, in bytes. The specification asks for 24 to 64; 128 bits make a key unguessable."""

_LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


# https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*=[^\x00-\x1f\x7f\",;\\]*")

_TASK_METADATA = re.compile(r"/v4/([0-9a-f-]{32,36})-\d+$")


@dataclass(frozen=True)
class Settings:
    """The worker's environment, section 4 of the job contract."""

    queue_url: str
    media_bucket: str
    jobs_table: str
    region: str
    readable_buckets: frozenset[str]
    """Buckets that sources may be in: the media bucket and `MEDIA_BUCKETS`."""
    media_allowed_hosts: tuple[Origin, ...] = ()
    """Hosts that sources may be on; empty: none."""
    webhook_url: str | None = None
    webhook_secrets: tuple[str, ...] = ()
    """Signing secrets, each `whsec_` and base64; several during a rotation."""
    webhook_allowed_hosts: tuple[Origin, ...] = ()
    """Hosts that webhooks may go to; empty: every public host."""
    public_base_url: str | None = None
    """Base of the outputs' URLs, without a slash at its end."""
    endpoint_url: str | None = None
    """`AWS_ENDPOINT_URL`, which the SDK reads itself; an embedded AWS needs buckets addressed by path."""
    peak_jobs_seconds: float = 240.0
    """How long a busy moment counts for scaling, in seconds; see `worker.telemetry.peak_jobs`."""
    ecs_agent_uri: str | None = None
    """Base URL of the ECS agent's task scale-in protection endpoint; set by ECS."""
    task_id: str | None = None
    """The id of the Fargate task that this process runs in, by the address of its metadata, which ECS sets; None:
    outside of Fargate. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html"""
    parts_queue_url: str | None = None
    """The queue by which workers help each other; None: they don't."""
    exports_spans: bool = False
    """Whether `OTEL_*` names a collector; OpenTelemetry's SDK reads them itself, see `worker.telemetry.otlp`."""
    log_level: str = "INFO"
    log_json: bool = True


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the environment variables. Raises `SettingsError` for the first that is missing or malformed."""
    media_bucket = _bucket("MEDIA_BUCKET", _required(environment, "MEDIA_BUCKET"))
    more_buckets = [_bucket("MEDIA_BUCKETS", name) for name in _list(environment, "MEDIA_BUCKETS")]
    public_base_url = _url(environment, "PUBLIC_BASE_URL")
    return Settings(
        queue_url=_required_url(environment, "SQS_QUEUE_URL"),
        media_bucket=media_bucket,
        jobs_table=_required(environment, "JOBS_TABLE"),
        region=_required(environment, "AWS_DEFAULT_REGION"),
        readable_buckets=frozenset([media_bucket, *more_buckets]),
        media_allowed_hosts=_origins(environment, "MEDIA_ALLOWED_HOSTS"),
        webhook_url=_url(environment, "WEBHOOK_URL"),
        webhook_secrets=tuple(_secret(secret) for secret in environment.get("WEBHOOK_SECRET", "").split()),
        webhook_allowed_hosts=_origins(environment, "WEBHOOK_ALLOWED_HOSTS"),
        public_base_url=public_base_url.rstrip("/") if public_base_url else None,
        endpoint_url=_url(environment, "AWS_ENDPOINT_URL"),
        peak_jobs_seconds=_seconds(environment, "PEAK_JOBS_SECONDS", 240.0),
        ecs_agent_uri=environment.get("ECS_AGENT_URI"),
        task_id=_task_id(environment),
        parts_queue_url=_url(environment, "PARTS_QUEUE_URL"),
        exports_spans=_exports_spans(environment),
        log_level=_one_of(environment, "LOG_LEVEL", "INFO", _LOG_LEVELS),
        log_json=_one_of(environment, "LOG_FORMAT", "JSON", ("JSON", "TEXT")) == "JSON",
    )


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise SettingsError(f"{name} is missing: set it in the worker's environment (docs/reference/job-contract.md).")
    return value


def _required_url(environment: Mapping[str, str], name: str) -> str:
    _required(environment, name)
    url = _url(environment, name)
    assert url is not None  # noqa: S101  the line above raises otherwise
    return url


def _url(environment: Mapping[str, str], name: str) -> str | None:
    value = environment.get(name, "").strip()
    if not value:
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name} is not a URL: {value!r}; http(s)://host/path is expected.")
    return value


def _task_id(environment: Mapping[str, str]) -> str | None:
    found = _TASK_METADATA.search(environment.get("ECS_CONTAINER_METADATA_URI_V4", ""))
    return found[1] if found else None


def _exports_spans(environment: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's standard variables name a collector.
    https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    endpoints = [_url(environment, f"OTEL_EXPORTER_OTLP_{part}ENDPOINT") for part in ("TRACES_", "")]
    is_off = environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    is_not_exported = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower() == "none"
    if is_off or is_not_exported or not any(endpoints):
        return False
    for part in ("TRACES_", ""):
        name = f"OTEL_EXPORTER_OTLP_{part}PROTOCOL"
        protocol = environment.get(name, "").strip().lower()
        if protocol not in {"", "http/protobuf"}:
            raise SettingsError(f"{name} is {protocol!r}: the worker speaks http/protobuf only.")
        _check_headers(f"OTEL_EXPORTER_OTLP_{part}HEADERS", environment)
    return True


def _check_headers(name: str, environment: Mapping[str, str]) -> None:
    """Validate headers without quoting them: the SDK would log a malformed one, which may hold a key."""
    for header in environment.get(name, "").split(","):
        if header.strip() and not _HEADER.fullmatch(header.strip()):
            raise SettingsError(f"{name} is malformed: name=value is expected, several separated by commas.")


def _seconds(environment: Mapping[str, str], name: str, default: float) -> float:
    value = environment.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) > 86_400:
        raise SettingsError(f"{name} is {value!r}: a whole number of seconds, at most 86400, is expected.")
    return float(value)


def _list(environment: Mapping[str, str], name: str) -> list[str]:
    """A list of names separated by commas or spaces."""
    return environment.get(name, "").replace(",", " ").split()


def _origins(environment: Mapping[str, str], name: str) -> tuple[Origin, ...]:
    try:
        return tuple(Origin.parse(entry) for entry in _list(environment, name))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from error


def _bucket(name: str, value: str) -> str:
    if not BUCKET_NAME.match(value):
        raise SettingsError(f"{name} holds {value!r}, which is not a bucket's name.")
    return value


def _secret(value: str) -> str:
    """Validate a secret without quoting it. Prefix and length are those of Standard Webhooks 1.0.0."""
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if len(key) < SECRET_BYTES_MIN:
        raise SettingsError(
            f"WEBHOOK_SECRET is malformed: whsec_ and at least {SECRET_BYTES_MIN} random bytes in base64 are expected."
        )
    return value


def _one_of(environment: Mapping[str, str], name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = environment.get(name, "").strip().upper() or default
    if value not in allowed:
        raise SettingsError(f"{name} is {value!r}: one of {', '.join(allowed)} is expected.")
    return value
