"""Fetches sources from the S3 buckets and the web hosts on the worker's lists."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from worker.aws.outages import Outages
from worker.errors import ForbiddenDestinationError
from worker.job import ErrorCode, HttpLocation, PermanentError, S3Location
from worker.media.fetch import Fetched, ObjectVersion, SourceRequest, raise_missing
from worker.media.matroska_voids import is_matroska, void_holes, voided_holes
from worker.media.object_download import ObjectDownload
from worker.media.part_of_source import PARTIAL_BYTES_MIN, part_of
from worker.net.allow_list import DestinationPolicy
from worker.net.http_response import HttpResponse
from worker.net.pinned_http import pinned_request
from worker.probe.model import ByteRange, PlayedBytes
from worker.probe.ranges import join, total

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FETCH_SECONDS = 600.0
"""Longest download of one source from a web host, in seconds, the look-up of its name included."""

CHUNK_BYTES = 1 << 20
S3_CONNECTIONS = 12
"""Ranges of all S3 objects that are downloaded at the same time: some 80 MB/s each, more than a task's network has."""

_VERSIONS = 3
"""Versions of an object that are tried, where it is replaced while it is fetched."""


@dataclass(frozen=True)
class CloudFetcher:
    """Fetches from `readable_buckets` and from the hosts that `policy` allows."""

    s3: "S3Client"
    readable_buckets: frozenset[str]
    policy: DestinationPolicy
    outages: Outages
    _executor: Executor = field(default_factory=lambda: ThreadPoolExecutor(S3_CONNECTIONS, "s3"), repr=False)

    def fetch(self, request: SourceRequest) -> Fetched:
        """See `Fetcher`. From a web host a source is always fetched whole."""
        if isinstance(request.location, S3Location):
            return self._fetch_object(request, request.location)
        return self._fetch_url(request, request.location)

    def _fetch_object(self, request: SourceRequest, location: S3Location) -> Fetched:
        pointer = request.pointer
        self._check_bucket(location, pointer)
        for _ in range(_VERSIONS):
            try:
                return self._download(request, location)
            except ClientError as error:
                match str(error.response.get("Error", {}).get("Code", "")):
                    case "PreconditionFailed":
                        continue
                    case "404" | "NoSuchKey" | "NoSuchBucket":
                        raise_missing(location, pointer)
                    case "403" | "AccessDenied":
                        # Without s3:ListBucket, S3 answers 403 for an object that doesn't exist, too:
                        # https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
                        raise PermanentError(
                            ErrorCode.MEDIA_FORBIDDEN,
                            f"{location} doesn't exist, or the worker may not read it.",
                            pointer,
                        ) from error
                raise
        raise OSError(f"{location} was replaced {_VERSIONS} times while it was fetched")

    def _download(self, request: SourceRequest, location: S3Location) -> Fetched:
        download = ObjectDownload(
            self.s3, location, request.target, outages=self.outages, executor=self._executor, check=request.check
        )

        def select() -> PlayedBytes | None:
            with voided_holes(request.target, download.present):
                return request.select()

        ranges = part_of(download, select) if download.size >= PARTIAL_BYTES_MIN else None
        request.on_size(total(join([*ranges, *download.present])) if ranges else download.size)
        # A Matroska can be opened once its holes are covered, which is when all is there.
        is_opened = bool(ranges) and not is_matroska(request.target)
        if is_opened:
            request.on_opened()
        download.fetch(ranges or [ByteRange(0, download.size)])
        fetched = total(download.present)
        if fetched < download.size:
            void_holes(request.target, download.present)
        version = ObjectVersion(location, download.etag, download.size)
        return Fetched(fetched, fetched < download.size, version, is_opened)

    def fetch_ranges(
        self, version: ObjectVersion, ranges: Sequence[ByteRange], target: Path, check: Callable[[], None]
    ) -> None:
        """Write these ranges of a version of an object to `target`, or all of it where there are none.

        Raises `PermanentError` where the worker may not read the bucket, and botocore's errors where the object was
        replaced, or S3 fails; it doesn't wait for S3.
        """
        self._check_bucket(version.location, "")
        impatient = Outages(lambda _: True, 0.0)
        ObjectDownload(
            self.s3,
            version.location,
            target,
            outages=impatient,
            executor=self._executor,
            check=check,
            size=version.size,
            etag=version.etag,
        ).fetch(ranges or [ByteRange(0, version.size)])
        if ranges:
            void_holes(target, ranges)

    def _check_bucket(self, location: S3Location, pointer: str) -> None:
        if location.bucket not in self.readable_buckets:
            raise PermanentError(
                ErrorCode.MEDIA_FORBIDDEN,
                f"The worker may not read the bucket {location.bucket}: add it to media.readable_buckets "
                "(MEDIA_BUCKETS), or move the source.",
                pointer,
            )

    def _fetch_url(self, request: SourceRequest, location: HttpLocation) -> Fetched:
        pointer = request.pointer
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
            return Fetched(_save(response, request))


def _save(response: HttpResponse, request: SourceRequest) -> int:
    """Stream an answer to disk, up to the size limit of a source, and return its size. Raises OSError where it is cut
    off."""
    size = 0
    with request.target.open("wb") as file:
        while chunk := response.read(CHUNK_BYTES):
            request.check()
            size += len(chunk)
            request.on_size(size)
            file.write(chunk)
    return size
