"""Adds to AWS's "doesn't exist" what was asked for, and in which region: AWS itself often names neither."""

from typing import Any

import botocore.session

from ops.aws_errors import MISSING_CODES

_NAMES = ("QueueUrl", "TableName", "logGroupName", "cluster", "service", "services", "Bucket", "Key", "repositoryName")
"""Parameters of requests that name a resource."""
_KEPT = "hospup_names"


def name_what_is_missing(session: botocore.session.Session) -> None:
    """Let a session's errors say what was asked for. https://docs.aws.amazon.com/botocore/latest/topics/events.html"""
    session.register("provide-client-params", _keep)
    session.register("after-call", _add)


def _keep(**event: Any) -> None:
    event["context"][_KEPT] = [str(event["params"][name]) for name in _NAMES if event["params"].get(name)]


def _add(**event: Any) -> None:
    error, context = event["parsed"].get("Error", {}), event["context"]
    if error.get("Code") in MISSING_CODES:
        names = ", ".join([*context.get(_KEPT, ()), f"region {context['client_region']}"])
        error["Message"] = f"{names}: {error.get('Message') or error['Code']}"
