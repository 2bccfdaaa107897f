"""The message of a job as the ledger keeps it, so that an operator can send the job again."""

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any

from worker.job.message_body import MessageBody

KEPT_BYTES = 64 * 1024
"""Longest message that is kept, in bytes once compressed. DynamoDB bills every write of an entry by its whole size, and
allows 400 KB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""

_SEPARATORS = re.compile(r"[\s\"'()<>,]+")
_SECRET_NAME = re.compile(r"secret|passw|token|authorization|api_?-?key|signature|credential", re.IGNORECASE)


def keep_message(body: MessageBody) -> bytes | None:
    """Compress a message for the ledger. None where it is not kept.

    That is one which is no JSON object, one of more than `KEPT_BYTES`, and one that may hold a secret: in a field whose
    name says so, or in a URL with a user or a query, which may be a signature.
    """
    if not isinstance(body.value, dict) or any(map(_is_secret, _leaves(body.value))):
        return None
    kept = zlib.compress(body.text.encode(errors="surrogatepass"))
    return kept if len(kept) <= KEPT_BYTES else None


def read_kept_message(kept: bytes) -> MessageBody:
    """The message that `keep_message` compressed. Raises ValueError where `kept` is none."""
    try:
        body = MessageBody(zlib.decompress(kept).decode(errors="surrogatepass"))
    except zlib.error as error:
        raise ValueError(f"not compressed: {error}") from error
    if not isinstance(body.value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - one error for all that isn't a kept message
    return body


def message_to_send_again(kept: bytes, job_id: str, video_id: str) -> str:
    """The body of a kept message, as that of a new job `job_id`.

    `video_id` is for a message that has its ids in attributes. Raises ValueError where `kept` is no kept message.
    """
    message = read_kept_message(kept).value
    message |= {"job_id": job_id, "video_id": message.get("video_id") or video_id}
    # Half a character can't be encoded, but escaped.
    return json.dumps(message, ensure_ascii=False).encode(errors="backslashreplace").decode()


def _leaves(value: Any) -> Iterator[tuple[str, str]]:
    """Every text in a JSON value, with the name of the field that it is in."""
    waiting = [("", value)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((name, each) for each in value)
        elif isinstance(value, str):
            yield name, value


def _is_secret(leaf: tuple[str, str]) -> bool:
    name, text = leaf
    return bool(text) and (bool(_SECRET_NAME.search(name)) or any(map(_has_credentials, _SEPARATORS.split(text))))


def _has_credentials(word: str) -> bool:
    """Whether a word is an HTTP URL with a user or a query."""
    scheme, _, rest = word.partition("://")
    return scheme.lower().endswith(("http", "https")) and ("?" in rest or "@" in rest.partition("/")[0])
