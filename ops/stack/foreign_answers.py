"""Recognises a proxy's or a log-in page's answer, which botocore would read as an empty answer of AWS's."""

import json
from typing import Any

import botocore.session

from ops.aws_errors import ForeignAnswerError

_JSON = frozenset({"json", "rest-json"})
_SHOWN_BYTES = 60


def refuse_foreign_answers(session: botocore.session.Session) -> None:
    """Let a session raise `ForeignAnswerError` where a service that speaks JSON is answered with something else.

    An answer that is no XML where XML is due already raises botocore's `ResponseParserError`.
    """
    session.register("before-parse", _check)


def _check(**event: Any) -> None:
    operation, response = event["operation_model"], event["response_dict"]
    is_json = operation.service_model.resolved_protocol in _JSON and not operation.has_streaming_output
    if not is_json or response["status_code"] >= 300:
        return
    body = response["body"]
    try:
        is_object = isinstance(json.loads(body or b"{}"), dict)
    except (ValueError, RecursionError):
        is_object = False
    if not is_object:
        raise ForeignAnswerError(operation=operation.name, start=bytes(body[:_SHOWN_BYTES]))
