"""Whom a result is for, as far as a message tells, even one that is otherwise not understood."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from worker.job.model import ID_PATTERN, Job
from worker.job.reading import without_lone_surrogates

_ID = re.compile(ID_PATTERN)


@dataclass(frozen=True)
class Addressee:
    """The ids that a webhook names, and where the message wants it sent (None: the worker's own `WEBHOOK_URL`)."""

    job_id: str
    video_id: str
    property_id: str
    webhook_url: str | None = None
    user_id: str | None = None
    template_id: str | None = None


def addressee_of(job: Job) -> Addressee:
    """The addressee of a job that was understood."""
    return Addressee(job.job_id, job.video_id, job.property_id, job.webhook.url, job.user_id, job.template_id)


def guess_addressee(body: str, attributes: Mapping[str, str]) -> Addressee | None:
    """The addressee of a message that was refused; None where not even a usable job id can be found."""
    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        message = {}
    if not isinstance(message, dict):
        message = {}
    job_id = _id(message.get("job_id")) or _id(attributes.get("job_id"))
    if job_id is None:
        return None
    webhook = message.get("webhook")
    url = webhook.get("url") if isinstance(webhook, dict) else message.get("webhook_url")
    return Addressee(
        job_id=job_id,
        video_id=_id(message.get("video_id")) or _id(attributes.get("video_id")) or "",
        property_id=_id(message.get("property_id")) or "1",
        webhook_url=without_lone_surrogates(url.strip()) if isinstance(url, str) and url.strip() else None,
    )


def _id(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = without_lone_surrogates(str(value))
    return text if _ID.fullmatch(text) and text not in {".", ".."} else None
