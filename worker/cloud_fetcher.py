"""Brings sources from buckets and from hosts on the web: those on the worker's lists, and no others."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from worker.exchange import exchange
from worker.fetch import check_size, missing
from worker.guard import ForbiddenDestinationError, Guard
from worker.job import ErrorCode, HttpLocation, Location, PermanentError, S3Location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FETCH_SECONDS = 600.0
"""For one source from a host on the list, all of it."""

CHUNK_BYTES = 1 << 20
CONCURRENT_RANGES = 8
"""Of one object."""


@dataclass(frozen=True)
class CloudFetcher:
    """Reads from the buckets and hosts on the worker's lists, and from no other."""

    s3: "S3Client"
    readable_buckets: frozenset[str]
    guard: Guard

    def fetch(self, location: Location, target: Path, pointer: str, check: Callable[[], None]) -> None:
        """See `Fetcher`."""
        if isinstance(location, S3Location):
            self._fetch_object(location, target, pointer, check)
        else:
            self._fetch_url(location, target, pointer, check)

    def _fetch_object(self, location: S3Location, target: Path, pointer: str, check: Callable[[], None]) -> None:
        if location.bucket not in self.readable_buckets:
            raise PermanentError(
                ErrorCode.MEDIA_FORBIDDEN,
                f"The worker may not read the bucket {location.bucket}: add it to MEDIA_BUCKETS, or move the source.",
                pointer,
            )
        transfer = TransferConfig(max_concurrency=CONCURRENT_RANGES)
        fetched = 0

        def count(more: int) -> None:  # the object may have been replaced by a larger one meanwhile
            nonlocal fetched
            fetched += more
            check()
            check_size(fetched, str(location), pointer)

        try:
            size = self.s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"]
            check_size(size, str(location), pointer)
            self.s3.download_file(location.bucket, location.key, str(target), Config=transfer, Callback=count)
        except ClientError as error:
            match str(error.response.get("Error", {}).get("Code", "")):
                case "404" | "NoSuchKey" | "NoSuchBucket":
                    missing(location, pointer)
                case "403" | "AccessDenied":
                    # Without s3:ListBucket, S3 answers 403 for an object that doesn't exist, too:
                    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                    raise PermanentError(
                        ErrorCode.MEDIA_FORBIDDEN, f"{location} doesn't exist, or the worker may not read it.", pointer
                    ) from error
            raise

    def _fetch_url(self, location: HttpLocation, target: Path, pointer: str, check: Callable[[], None]) -> None:
        try:
            destination = self.guard.resolve(location.url)
        except ForbiddenDestinationError as error:
            message = f"The worker may not read {location}. {error}"
            raise PermanentError(ErrorCode.MEDIA_FORBIDDEN, message, pointer) from error
        with exchange(destination, "GET", {"user-agent": "hospup-video"}, seconds=FETCH_SECONDS) as response:
            if response.status in {404, 410}:
                missing(location, pointer)
            if 300 <= response.status < 500 and response.status not in {408, 429}:
                raise PermanentError(
                    ErrorCode.MEDIA_FORBIDDEN, f"{location} was answered with {response.status}.", pointer
                )
            if response.status != 200:
                raise OSError(f"{location} was answered with {response.status}")
            _save(response, target, str(location), pointer, check)


def _save(response: http.client.HTTPResponse, target: Path, name: str, pointer: str, check: Callable[[], None]) -> None:
    """Stream an answer to disk, no more of it than a source may have. Raises OSError where it was cut short."""
    size = 0
    with target.open("wb") as file:
        while chunk := response.read(CHUNK_BYTES):
            check()
            size += len(chunk)
            check_size(size, name, pointer)
            file.write(chunk)
    if response.length:
        raise OSError(f"{name} ended {response.length} bytes early")
