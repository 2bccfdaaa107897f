"""Parses the URL of a source: an S3 object, or a file on a web host.

The contract allows four spellings of an S3 object; each becomes an `S3Location`. Whether the worker may read the bucket
or the host is decided when the source is fetched (worker/media/cloud_fetch.py).
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from worker.job.errors import ErrorCode, PermanentError

_S3_HOST = re.compile(r"^(?:(?P<bucket>.+)\.)?s3(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com$")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html: path style, virtual-hosted style, and the
older form with a dash before the region."""

BUCKET_NAME = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""


@dataclass(frozen=True)
class S3Location:
    """An object in a bucket."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True)
class HttpLocation:
    """A file on any other http(s) host."""

    url: str
    host: str

    def __str__(self) -> str:
        return self.url.partition("?")[0]


Location = S3Location | HttpLocation


def parse_location(url: str, pointer: str = "") -> Location:
    """Parse a media URL.

    `s3://` keys are taken literally; in https URLs the key is percent-decoded and a `+` stays a plus. Raises
    `PermanentError` (INVALID_MESSAGE) with `pointer` for anything that is neither S3 nor http(s).
    """
    if url.startswith("s3://"):
        bucket, _, key = url.removeprefix("s3://").partition("/")
        return _s3(bucket, key, url, pointer)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError as error:
        raise _not_a_location(url, pointer) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise _not_a_location(url, pointer)
    match = _S3_HOST.match(host)
    if match is None:
        return HttpLocation(url, host)
    path = unquote(parts.path.removeprefix("/"))
    if match["bucket"]:
        return _s3(match["bucket"], path, url, pointer)
    bucket, _, key = path.partition("/")
    return _s3(bucket, key, url, pointer)


def _s3(bucket: str, key: str, url: str, pointer: str) -> S3Location:
    if not BUCKET_NAME.fullmatch(bucket) or not key or len(key.encode(errors="replace")) > 1024 or "\0" in key:
        raise _not_a_location(url, pointer)
    if has_path_steps(key):
        raise PermanentError(
            ErrorCode.INVALID_MESSAGE,
            f"{url[:200]!r} has a . or .. between slashes: on its way to S3 it might become another bucket's object.",
            pointer,
        )
    return S3Location(bucket, key)


def has_path_steps(key: str) -> bool:
    """Whether a key has a `.` or `..` between slashes, which HTTP clients resolve as path steps (RFC 3986, section
    5.2.4)."""
    return bool({".", ".."}.intersection(key.split("/")))


def _not_a_location(url: str, pointer: str) -> PermanentError:
    return PermanentError(
        ErrorCode.INVALID_MESSAGE,
        f"{url[:200]!r} is not a media URL: s3://bucket/key or an https URL is expected.",
        pointer,
    )
