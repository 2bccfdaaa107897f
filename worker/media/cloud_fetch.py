"""Fetches sources from the S3 buckets and the web hosts on the worker's lists."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from worker.aws.outages import Outages
from worker.errors import ForbiddenDestinationError
from worker.job import ErrorCode, HttpLocation, Location, PermanentError, S3Location
from worker.media.fetch import check_size, raise_missing
from worker.net.allow_list import DestinationPolicy
from worker.net.http_response import HttpResponse
from worker.net.pinned_http import pinned_request

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FETCH_SECONDS = 600.0
"""Longest download of one source from a web host, in seconds, the look-up of its name included."""

CHUNK_BYTES = 1 << 20
CONCURRENT_RANGES = 8
"""Ranges of one S3 object that are downloaded at the same time."""


@dataclass(frozen=True)
class CloudFetcher:
    """Fetches from `readable_buckets` and from the hosts that `policy` allows."""

    s3: "S3Client"
    readable_buckets: frozenset[str]
    policy: DestinationPolicy
    outages: Outages

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
                f"The worker may not read the bucket {location.bucket}: add it to media.readable_buckets "
                "(MEDIA_BUCKETS), or move the source.",
                pointer,
            )
        try:
            self.outages.outlast(lambda: self._download(location, target, pointer, check))
        except ClientError as error:
            match str(error.response.get("Error", {}).get("Code", "")):
                case "404" | "NoSuchKey" | "NoSuchBucket":
                    raise_missing(location, pointer)
                case "403" | "AccessDenied":
                    # Without s3:ListBucket, S3 answers 403 for an object that doesn't exist, too:
                    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                    raise PermanentError(
                        ErrorCode.MEDIA_FORBIDDEN, f"{location} doesn't exist, or the worker may not read it.", pointer
                    ) from error
            raise

    def _download(self, location: S3Location, target: Path, pointer: str, check: Callable[[], None]) -> None:
        transfer = TransferConfig(max_concurrency=CONCURRENT_RANGES)
        fetched = 0

        def count(more: int) -> None:  # a larger object may have replaced the measured one
            nonlocal fetched
            fetched += more
            check()
            check_size(fetched, str(location), pointer)

        size = self.s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"]
        check_size(size, str(location), pointer)
        self.s3.download_file(location.bucket, location.key, str(target), Config=transfer, Callback=count)

    def _fetch_url(self, location: HttpLocation, target: Path, pointer: str, check: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            destination = self.policy.resolve(location.url)
        except ForbiddenDestinationError as error:
            message = f"The worker may not read {location}. {error}"
            raise PermanentError(ErrorCode.MEDIA_FORBIDDEN, message, pointer) from error
        left = FETCH_SECONDS - (time.monotonic() - began)
        with pinned_request(destination, "GET", {"user-agent": "hospup-video"}, seconds=left) as response:
            if response.status in {404, 410}:
                raise_missing(location, pointer)
            if 300 <= response.status < 500 and response.status not in {408, 429}:
                raise PermanentError(
                    ErrorCode.MEDIA_FORBIDDEN, f"{location} was answered with {response.status}.", pointer
                )
            if response.status != 200:
                raise OSError(f"{location} was answered with {response.status}")
            _save(response, target, str(location), pointer, check)


def _save(response: HttpResponse, target: Path, name: str, pointer: str, check: Callable[[], None]) -> None:
    """Stream an answer to disk, up to the size limit of a source. Raises OSError where it is cut off."""
    size = 0
    with target.open("wb") as file:
        while chunk := response.read(CHUNK_BYTES):
            check()
            size += len(chunk)
            check_size(size, name, pointer)
            file.write(chunk)
