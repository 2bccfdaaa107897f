"""Options that choose among jobs: by status, by the state of the webhook, and by the code of the error."""

import difflib
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ops.aws.ledger import NOT_NOTIFIED
from ops.console.options import id_given, parse_duration
from ops.errors import UsageError

Property = Annotated[str, typer.Option("--property", help="Only those of this property.", callback=id_given)]
Code = Annotated[str | None, typer.Option(help="Only those that failed with this code, such as MEDIA_MISSING.")]


class JobStatus(StrEnum):
    """Statuses of a job."""

    QUEUED = "queued"
    RENDERING = "rendering"
    COMPLETE = "complete"
    ERROR = "error"
    CANCELLED = "cancelled"


class WebhookState(StrEnum):
    """States of a job's final webhook."""

    PENDING = "pending"
    DELIVERED = "delivered"
    REFUSED = "refused"
    NOT_NOTIFIED = "not_notified"
    OFF = "off"
    SUPERSEDED = "superseded"


def recorded_as(webhook: WebhookState | None) -> Sequence[str]:
    """The names under which workers of this and of earlier releases record a state; none without one."""
    if webhook is WebhookState.NOT_NOTIFIED:
        return sorted(NOT_NOTIFIED)
    return (webhook.name,) if webhook else ()


def parse_since(since: str | None) -> float:
    """The moment, in Unix seconds, that lies as far back as `--since` says; 0 without it. Raises `UsageError`."""
    return 0.0 if since is None else time.time() - parse_duration(since)


def parse_code(code: str | None) -> str:
    """An error code of the job contract, in capitals; empty where none is given. Raises `UsageError`."""
    if code is None:
        return ""
    from worker.job import ErrorCode  # noqa: PLC0415 - pydantic loads slowly

    name = code.upper()
    if name not in set(ErrorCode):
        nearest = difflib.get_close_matches(name, list(ErrorCode), 1) or ["MEDIA_MISSING"]
        raise UsageError(f"--code {code} is no error code of the job contract: give one such as {nearest[0]}.")
    return name
