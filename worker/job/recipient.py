"""The ids and the webhook URL of a job, also of a message that can't be parsed otherwise."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worker.job.lenient import has_lone_surrogates, without_lone_surrogates
from worker.job.message_body import MessageBody
from worker.job.model import ID_PATTERN, Job

_ID = re.compile(ID_PATTERN)
_SHOWN_CHARACTERS = 60
"""Longest quotation of an unusable id, in characters."""


@dataclass(frozen=True)
class JobIdentity:
    """The ids that a webhook names, the webhook URL of the message (None: the worker's own `WEBHOOK_URL`), whether
    the message wants a webhook, and whether its receiver knows the status CANCELLED."""

    job_id: str
    video_id: str
    property_id: str
    webhook_url: str | None = None
    user_id: str | None = None
    template_id: str | None = None
    wants_webhook: bool = True
    knows_cancelled: bool = False


def identity_of(job: Job) -> JobIdentity:
    """The identity of a parsed job."""
    return JobIdentity(
        job.job_id,
        job.video_id,
        job.property_id,
        job.webhook.url,
        job.user_id,
        job.template_id,
        job.webhook.notify,
        job.webhook.cancelled,
    )


def read_webhook_url(message: Mapping[str, Any]) -> str | None:
    """The webhook URL of a message in either dialect, as it was sent; None where it has none.

    The one reading of it. Any text passes, and any other value as an empty one: a URL that can't be used is replaced
    when the receiver is chosen.
    """
    holder, name = (message.get("webhook"), "url") if "version" in message else (message, "webhook_url")
    url = holder.get(name) if isinstance(holder, Mapping) else None
    if url is None:
        return None
    return without_lone_surrogates(url.strip()) if isinstance(url, str) else ""


def peek_identity(body: MessageBody, attributes: Mapping[str, str]) -> JobIdentity | None:
    """The identity in a message that has not been validated; None where the message has no usable job id.

    A message that `parse_message` accepts has this identity, and no other.
    """
    message = body.value if isinstance(body.value, dict) else {}
    job_id = usable_id(message.get("job_id")) or usable_id(attributes.get("job_id"))
    if job_id is None:
        return None
    return JobIdentity(
        job_id=job_id,
        video_id=usable_id(message.get("video_id")) or usable_id(attributes.get("video_id")) or "",
        property_id=usable_id(message.get("property_id")) or "1",
        webhook_url=read_webhook_url(message),
        wants_webhook=_webhook_option(message, "notify") is not False,
        knows_cancelled=_webhook_option(message, "cancelled") is True,
    )


def why_unidentified(body: MessageBody) -> str:
    """Which rule a message breaks that has no usable job id, for the operator who finds it among the dead letters."""
    if not body.is_json:
        return "not JSON"
    if not isinstance(body.value, dict):
        return "JSON, but no object"
    if body.value.get("job_id") is None:
        return "no job_id"
    shown = repr(body.value["job_id"])[:_SHOWN_CHARACTERS]
    return f"job_id {shown} is unusable: an id has 1 to 128 characters, no slash and no control character"


def _webhook_option(message: Mapping[str, Any], name: str) -> object:
    """An option of a message's webhook; None where it isn't given: only messages of version 1 have options."""
    options = message.get("webhook") if "version" in message else None
    return options.get(name) if isinstance(options, Mapping) else None


def usable_id(value: object) -> str | None:
    """An id of a message as the contract allows it; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    is_usable = _ID.fullmatch(text) and text not in {".", ".."} and not has_lone_surrogates(text)
    return text if is_usable else None
