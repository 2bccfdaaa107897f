"""Fetches the sources of a job to the local disk, each into its own folder.

FFmpeg never reads from the network: it opens only files that were fetched here from an allowed bucket or host. Each
file is alone in its folder, under a fixed name, so that a hostile file finds no sibling to refer to.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from worker.errors import CancelledError
from worker.job import ErrorCode, HttpLocation, Job, Location, PermanentError, limits, parse_location
from worker.media.attachments import void_attachments


class Fetcher(Protocol):
    """Fetches sources from one kind of place."""

    def fetch(self, location: Location, target: Path, pointer: str, check: Callable[[], None]) -> None:
        """Write the source to `target`. `check` is called regularly, and raises where the job is cancelled.

        Raises `PermanentError`, with `pointer`, where fetching can never succeed.
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
        void_attachments(path)
        paths[source] = path
        total += path.stat().st_size
        if total > limits.JOB_MEDIA_BYTES:
            message = (
                f"The job's sources have more than the {limits.JOB_MEDIA_BYTES} bytes that they may have together."
            )
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)
    return paths


@dataclass(frozen=True)
class FolderFetcher:
    """Fetches `s3://bucket/key` from `root/bucket/key`: for local renders and tests, without AWS."""

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
            place = self.root / location.bucket / location.key
            raise PermanentError(
                ErrorCode.MEDIA_MISSING,
                f"{location} is not fetched from S3 here: there is no file {place}. Put it there, or name another "
                "--media-root.",
                pointer,
            )
        shutil.copyfile(path, target)


def raise_missing(location: Location, pointer: str) -> NoReturn:
    """Raise the `PermanentError` for a source that doesn't exist."""
    raise PermanentError(ErrorCode.MEDIA_MISSING, f"{location} doesn't exist.", pointer)


def check_size(size: int, name: str, pointer: str) -> None:
    """Raise `PermanentError` where a source exceeds the size limit; `name` is for its sentence."""
    if size > limits.MEDIA_BYTES:
        raise PermanentError(
            ErrorCode.LIMIT_EXCEEDED,
            f"{name} is larger than the {limits.MEDIA_BYTES} bytes that a source may have.",
            pointer,
        )
