"""Fetches the sources of a job to the local disk, each into its own folder.

FFmpeg never reads from the network: it opens only files that were fetched here from an allowed bucket or host. Each
file is alone in its folder, under a fixed name, so that a hostile file finds no sibling to refer to.
"""

import functools
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, NoReturn, Protocol

from worker.errors import CancelledError
from worker.job import (
    ErrorCode,
    HttpLocation,
    Job,
    Location,
    PermanentError,
    S3Location,
    Seconds,
    limits,
    parse_location,
    played_seconds,
)
from worker.media.attachments import void_attachments
from worker.probe.inspection import ProbeRequest
from worker.probe.model import PlayedBytes
from worker.probe.pending_probe import PendingProbe

SOURCES_AT_ONCE = 8
"""Sources that are fetched at the same time. Their ranges share the connections of one pool (cloud_fetch.py)."""


@dataclass(frozen=True)
class ObjectVersion:
    """A version of an S3 object."""

    location: S3Location
    etag: str
    size: int


class Fetched(NamedTuple):
    """How many bytes were fetched, whether that is a part of the source (the rest of its file reads as zeros), of which
    version of an S3 object, and whether the request's `on_opened` was called for that."""

    bytes: int
    is_partial: bool = False
    version: ObjectVersion | None = None
    is_opened: bool = False


def _any_size(_: int) -> None:
    """No limit."""


@dataclass(frozen=True)
class SourceRequest:
    """A source to fetch into the file `target`; `pointer` is where the job names it.

    `check` is called regularly, and raises where the job is cancelled. `on_size` is called with the bytes that will be
    fetched, or with those that were so far, and raises `PermanentError` where they are too many. `select` says which
    bytes of the source are needed, once the beginning and the index of its file are there; None: all. `on_opened` is
    called where the file can be opened long before it is complete.
    """

    location: Location
    target: Path
    pointer: str = ""
    check: Callable[[], None] = lambda: None
    on_size: Callable[[int], None] = _any_size
    select: Callable[[], PlayedBytes | None] = lambda: None
    on_opened: Callable[[], None] = lambda: None


class Fetcher(Protocol):
    """Fetches sources from one kind of place."""

    def fetch(self, request: SourceRequest) -> Fetched:
        """Write the source to its target, or what the request selects of it. Called on several threads at the same
        time.

        Raises `PermanentError`, with the request's pointer, where fetching can never succeed, and what the functions of
        the request raise.
        """


@dataclass(frozen=True)
class FetchedMedia:
    """The files of a job's sources by URL, what was fetched of them in all, and by file the versions of those in S3."""

    paths: Mapping[str, Path]
    fetched: Fetched
    versions: Mapping[Path, ObjectVersion]


def fetch_all(
    job: Job, fetcher: Fetcher, folder: Path, probe: PendingProbe, cancelled: Callable[[], bool], *, in_parts: bool
) -> FetchedMedia:
    """Fetch every source of a job once, below `folder`, some at the same time, and begin its probe as soon as its file
    can be opened. The first that can't be fetched ends the others.

    With `in_parts`, of a source that is played in part only that part is fetched where its index says which it is.
    Raises `PermanentError`, `CancelledError`, and what the fetcher raises.
    """
    has_failed = threading.Event()
    budget = _Budget()
    played = played_seconds(job) if in_parts else {}

    def check() -> None:
        if has_failed.is_set() or cancelled():
            raise CancelledError

    def fetch(number: int, source: str, pointer: str) -> tuple[Path, Fetched]:
        path = folder / str(number) / "media"
        path.parent.mkdir(parents=True)
        ranges = ProbeRequest("ranges", path, pointer, seconds=played.get(source, ()))

        def begin_probe(seconds: Sequence[Seconds] = ()) -> None:
            void_attachments(path)
            probe.begin(source, path, seconds)

        try:
            check()
            location = parse_location(source, pointer)
            on_size = functools.partial(budget.reserve, location, pointer)
            select = functools.partial(probe.played_bytes, ranges) if ranges.seconds else lambda: None
            fetched = fetcher.fetch(SourceRequest(location, path, pointer, check, on_size, select, begin_probe))
            if not fetched.is_opened:
                begin_probe(played[source] if fetched.is_partial else ())
        except Exception:
            has_failed.set()
            raise
        return path, fetched

    with ThreadPoolExecutor(SOURCES_AT_ONCE) as pool:
        running = [pool.submit(fetch, number, *source) for number, source in enumerate(job.sources)]
    errors = [error for each in running if (error := each.exception())]
    if errors:  # that one was cancelled is not why the others were
        raise next((error for error in errors if not isinstance(error, CancelledError)), errors[0])
    files = [each.result() for each in running]
    total = Fetched(sum(fetched.bytes for _, fetched in files), any(fetched.is_partial for _, fetched in files))
    paths = {source: path for (source, _), (path, _) in zip(job.sources, files, strict=True)}
    return FetchedMedia(paths, total, {path: each.version for path, each in files if each.version})


class _Budget:
    """The bytes that a job's sources may have, each and together."""

    def __init__(self) -> None:
        self._sizes: dict[Location, int] = {}
        self._lock = threading.Lock()

    def reserve(self, location: Location, pointer: str, size: int) -> None:
        """Set a source's size. Raises `PermanentError` where it is too large, or all together are."""
        if size > limits.MEDIA_BYTES:
            message = f"{location} is larger than the {limits.MEDIA_BYTES} bytes that a source may have."
            raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)
        with self._lock:
            self._sizes[location] = size
            if sum(self._sizes.values()) > limits.JOB_MEDIA_BYTES:
                message = (
                    f"The job's sources have more than the {limits.JOB_MEDIA_BYTES} bytes that they may have together."
                )
                raise PermanentError(ErrorCode.LIMIT_EXCEEDED, message, pointer)


@dataclass(frozen=True)
class FolderFetcher:
    """Fetches `s3://bucket/key` from `root/bucket/key`: for local renders and tests, without AWS."""

    root: Path

    def fetch(self, request: SourceRequest) -> Fetched:
        """See `Fetcher`. The source is always copied whole."""
        location, pointer = request.location, request.pointer
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
        size = path.stat().st_size
        request.on_size(size)
        shutil.copyfile(path, request.target)
        return Fetched(size)


def raise_missing(location: Location, pointer: str) -> NoReturn:
    """Raise the `PermanentError` for a source that doesn't exist."""
    raise PermanentError(ErrorCode.MEDIA_MISSING, f"{location} doesn't exist.", pointer)
