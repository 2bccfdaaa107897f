"""Downloads byte ranges of one S3 object into a file of the object's size, in parts, several at the same time.

What isn't downloaded is a hole of the file, which reads as zeros. Every range is of the same object: a request for one
that has been replaced meanwhile fails (`If-Match`).
https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
"""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, wait
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from worker.aws.outages import Outages
from worker.job import S3Location
from worker.probe import ranges
from worker.probe.model import ByteRange

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

HEAD_BYTES = 4 << 20
"""Bytes of the first request, in which the whole of a small source is, and the first pictures of a large one."""

PART_BYTES = 8 << 20
"""Largest range of one request: AWS advises 8 to 16 MB.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html"""

_CHUNK_BYTES = 1 << 20

_EMPTY = "InvalidRange"
"""S3's error for a range of an object without any bytes."""


class ObjectDownload:
    """A download of one object into the file `target`; `check` is called for every MiB, and may raise.

    `size` is the object's, in bytes, and `etag` its version's; `present` are the ranges that have been downloaded. The
    constructor downloads the first `HEAD_BYTES`, which tell both, unless they are given.

    All methods raise botocore's errors: `ClientError` with the code PreconditionFailed where the object was replaced.
    """

    def __init__(
        self,
        s3: "S3Client",
        location: S3Location,
        target: Path,
        *,
        outages: Outages,
        executor: Executor,
        check: Callable[[], None],
        size: int = 0,
        etag: str = "",
    ) -> None:
        self.size = size
        self.present: list[ByteRange] = []
        self._s3, self._location, self._target = s3, location, target
        self._outages, self._executor, self._check = outages, executor, check
        self.etag = etag
        target.write_bytes(b"")
        if etag:
            os.truncate(target, size)
        else:
            outages.outlast(self._begin)

    def fetch(self, wanted: Iterable[ByteRange]) -> None:
        """Download what is still missing of the ranges `wanted`."""
        missing = ranges.without(wanted, self.present)
        parts = [self._executor.submit(self._fetch_part, part) for part in ranges.cut(missing, PART_BYTES)]
        try:
            for part in parts:
                part.result()
        finally:  # no thread may write when the caller goes on
            for part in parts:
                part.cancel()
            wait(parts)
        self.present = ranges.join([*self.present, *missing])

    def read(self, offset: int, count: int) -> bytes:
        """Bytes of the object, downloaded where they are missing."""
        self.fetch([ByteRange(offset, min(offset + count, self.size))])
        with self._target.open("rb") as file:
            file.seek(offset)
            return file.read(count)

    def _begin(self) -> None:
        """Download the first bytes, which also tells the size and the version."""
        try:
            answer = self._s3.get_object(
                Bucket=self._location.bucket, Key=self._location.key, Range=f"bytes=0-{HEAD_BYTES - 1}"
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != _EMPTY:
                raise
            return
        self.size, self.etag = int(answer["ContentRange"].rpartition("/")[2]), answer["ETag"]
        os.truncate(self._target, self.size)
        head = ByteRange(0, min(HEAD_BYTES, self.size))
        self._save(answer["Body"].read, head)
        self.present = [head]

    def _fetch_part(self, part: ByteRange) -> None:
        self._outages.outlast(lambda: self._download(part))

    def _download(self, part: ByteRange) -> None:
        self._check()
        answer = self._s3.get_object(
            Bucket=self._location.bucket,
            Key=self._location.key,
            Range=f"bytes={part.begin}-{part.end - 1}",
            IfMatch=self.etag,
        )
        self._save(answer["Body"].read, part)

    def _save(self, read: Callable[[int], bytes], part: ByteRange) -> None:
        """Write an answer's bytes, at most those of `part`, to their place."""
        offset = part.begin
        with self._target.open("r+b") as file:
            file.seek(offset)
            while offset < part.end and (chunk := read(min(_CHUNK_BYTES, part.end - offset))):
                self._check()
                offset += file.write(chunk)
        if offset < part.end:
            raise OSError(f"{self._location}: the answer ended after {offset - part.begin} bytes of {part}")
