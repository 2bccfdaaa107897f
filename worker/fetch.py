"""Brings the sources of a job to the local disk, each into a folder of its own.

FFmpeg never reads from the network: what it opens has been fetched here, from a bucket or a host that the worker may
read, and lies alone in its folder under a name of ours, so that a hostile file finds no sibling to refer to.
"""

import http.client
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from worker.cancelled import CancelledError
from worker.exchange import exchange
from worker.guard import ForbiddenDestinationError, Guard
from worker.job import ErrorCode, HttpLocation, Job, Location, PermanentError, S3Location, limits, parse_location

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FETCH_SECONDS = 600.0
"""For one source from a host on the list, all of it."""

CHUNK_BYTES = 1 << 20
CONCURRENT_RANGES = 8
"""Of one object."""


class Fetcher(Protocol):
    """Where sources come from."""

    def fetch(self, location: Location, target: Path, pointer: str, check: Callable[[], None]) -> None:
        """Write the source to `target`, calling `check` now and then: it may raise.

        Raises `PermanentError`, with `pointer`, where that can never succeed.
        """


def fetch_all(job: Job, fetcher: Fetcher, folder: Path, cancelled: Callable[[], bool]) -> dict[str, Path]:
    """Fetch every source of a job once, below `folder`. Returns the path of each URL; raises `CancelledError`."""

    def check() -> None:
        if cancelled():
            raise CancelledError

    paths = {}
    total = 0
    for index, (source, pointer) in enumerate(job.sources):
        check()
        path = folder / str(index) / "media"
        path.parent.mkdir(parents=True)
        fetcher.fetch(parse_location(source, pointer), path, pointer, check)
        paths[source] = path
        total += path.stat().st_size
        if total > limits.JOB_MEDIA_BYTES:
            message = (
                f"The job's sources have more than the {limits.JOB_MEDIA_BYTES} bytes that they may have together."
            )
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)
    return paths


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
        # A render of local files does without the SDK, which takes longer to load than a picture to paint.
        from boto3.s3.transfer import TransferConfig  # noqa: PLC0415
        from botocore.exceptions import ClientError  # noqa: PLC0415

        transfer = TransferConfig(max_concurrency=CONCURRENT_RANGES)
        fetched = 0

        def count(more: int) -> None:  # the object may have been replaced by a larger one meanwhile
            nonlocal fetched
            fetched += more
            check()
            _check_size(fetched, str(location), pointer)

        try:
            size = self.s3.head_object(Bucket=location.bucket, Key=location.key)["ContentLength"]
            _check_size(size, str(location), pointer)
            self.s3.download_file(location.bucket, location.key, str(target), Config=transfer, Callback=count)
        except ClientError as error:
            match str(error.response.get("Error", {}).get("Code", "")):
                case "404" | "NoSuchKey" | "NoSuchBucket":
                    _missing(location, pointer)
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
                _missing(location, pointer)
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
            _check_size(size, name, pointer)
            file.write(chunk)
    if response.length:
        raise OSError(f"{name} ended {response.length} bytes early")


@dataclass(frozen=True)
class FolderFetcher:
    """Reads `s3://bucket/key` from `root/bucket/key`: for previews and tests, without AWS."""

    root: Path

    def fetch(self, location: Location, target: Path, pointer: str, check: Callable[[], None]) -> None:  # noqa: ARG002
        """See `Fetcher`."""
        if isinstance(location, HttpLocation):
            raise PermanentError(
                ErrorCode.MEDIA_FORBIDDEN, f"{location}: only S3 objects have a local stand-in.", pointer
            )
        root = self.root.resolve()
        path = root / location.bucket / location.key
        try:
            path = path.resolve()
            is_there = path.is_relative_to(root) and path.is_file()
        except (OSError, RuntimeError):  # a name longer than this file system knows; a link to itself
            is_there = False
        if not is_there:
            _missing(location, pointer)
        shutil.copyfile(path, target)


def _missing(location: Location, pointer: str) -> NoReturn:
    raise PermanentError(ErrorCode.MEDIA_MISSING, f"{location} doesn't exist.", pointer)


def _check_size(size: int, name: str, pointer: str) -> None:
    if size > limits.MEDIA_BYTES:
        raise PermanentError(
            ErrorCode.LIMIT_EXCEEDED,
            f"{name} is larger than the {limits.MEDIA_BYTES} bytes that a source may have.",
            pointer,
        )
