"""Publishes a finished video to S3: object keys, upload, public URLs.

Outputs are first uploaded to keys of this attempt, below `intermediate/`, and verified there; only a worker that still
owns the job copies them to their public keys. So a worker that lost its job overwrites nothing, and clients see only
complete objects.
"""

import functools
import logging
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from boto3.s3.transfer import TransferConfig

from worker.aws.outages import Outages
from worker.errors import UploadError
from worker.job import CLASH_SUFFIX, Job, Location, S3Location, parse_location, video_key
from worker.media.intermediates import Intermediates, intermediate_key
from worker.video.result import Extra

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_SUFFIXES = (".mp4", ".jpg", ".webp")
_COPY = TransferConfig(multipart_threshold=4 * 1024**3)
"""S3 copies up to 5 GB in one request, in which the object appears whole.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""

_UPLOADS_AT_ONCE = 4
_UPLOAD = TransferConfig(max_concurrency=4)
"""Files that are uploaded at the same time, and parts of each."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OutputKeys:
    """Object keys of a job's outputs."""

    video: str
    thumbnail: str

    def of(self, extra: Extra) -> str:
        """The key of another output file."""
        return self.video.removesuffix(".mp4") + extra.suffix


@dataclass(frozen=True)
class Upload:
    """A local file, and the key of its object."""

    path: Path
    key: str
    content_type: str


def output_keys(job: Job, bucket: str) -> OutputKeys:
    """The keys of a job's outputs in `bucket`, with `-final` before the suffix as often as needed to differ from every
    input."""
    inputs = {parse_location(source) for source, _ in job.sources}
    stem = video_key(job).removesuffix(".mp4")
    while _clashes(stem, bucket, inputs):
        stem += CLASH_SUFFIX
    return OutputKeys(f"{stem}.mp4", f"{stem}.jpg")


def _clashes(stem: str, bucket: str, inputs: Collection[Location]) -> bool:
    """Whether an input is one of the stem's own files, or is in the folder of that name."""
    keys = [place.key for place in inputs if isinstance(place, S3Location) and place.bucket == bucket]
    return any(key.startswith(f"{stem}/") or key in {f"{stem}{suffix}" for suffix in _SUFFIXES} for key in keys)


@dataclass(frozen=True)
class Publisher:
    """Publishes outputs to the media bucket; their URLs begin with `public_base_url`, default: the bucket's own."""

    s3: "S3Client"
    bucket: str
    region: str
    outages: Outages
    public_base_url: str | None = None

    def publish(
        self, job_id: str, attempt: int, uploads: Sequence[Upload], check_ownership: Callable[[], None]
    ) -> None:
        """Upload the files, and publish them in their order; the video must be the last, so that its thumbnail exists
        before it.

        `check_ownership` is called between upload and publication, and raises where another worker owns the job. It is
        called once more after an outage of S3, during which another worker may have taken the job over, or a later job
        have published the video. Raises `UploadError`, and botocore's errors where S3 refuses.
        """
        keys = [intermediate_key(job_id, attempt, str(index)) for index in range(len(uploads))]
        is_known = False
        try:
            with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
                list(pool.map(functools.partial(self._upload, job_id), uploads, keys))

            is_known = attempt == 1

            def appear() -> None:
                check_ownership()
                for upload, key in zip(uploads, keys, strict=True):
                    self._copy(upload, key, job_id)

            self.outages.outlast(appear)
        finally:
            if is_known:
                self._intermediates.delete(keys)
            else:
                self.delete_intermediates(job_id, attempt)

    def url(self, key: str) -> str:
        """The public URL of `key`."""
        base = self.public_base_url or f"https://s3.{self.region}.amazonaws.com/{self.bucket}"
        return f"{base}/{quote(key)}"

    def _copy(self, upload: Upload, key: str, job_id: str) -> None:
        self.s3.copy(
            {"Bucket": self.bucket, "Key": key},
            self.bucket,
            upload.key,
            ExtraArgs={"MetadataDirective": "REPLACE", **_upload_args(upload, job_id)},
            Config=_COPY,
        )

    def _upload(self, job_id: str, upload: Upload, key: str) -> None:
        self.outages.outlast(functools.partial(self._upload_once, job_id, upload, key))

    def _upload_once(self, job_id: str, upload: Upload, key: str) -> None:
        """Upload, and verify the stored size. The SDK also sends a checksum, which S3 verifies."""
        arguments = _upload_args(upload, job_id)
        self.s3.upload_file(str(upload.path), self.bucket, key, ExtraArgs=arguments, Config=_UPLOAD)
        stored = self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        if stored != upload.path.stat().st_size:
            raise UploadError(f"{key} has {stored} bytes where {upload.path.stat().st_size} were sent")

    def delete_intermediates(self, job_id: str, attempt: int) -> None:
        """Delete the intermediate objects that this attempt and earlier ones have left. Raises nothing."""
        self._intermediates.delete_of(job_id, attempt)

    @property
    def _intermediates(self) -> Intermediates:
        return Intermediates(self.s3, self.bucket)


def _upload_args(upload: Upload, job_id: str) -> dict[str, object]:
    return {
        "ContentType": upload.content_type,
        "ContentDisposition": "inline",
        "Metadata": {"job-id": quote(job_id)},  # S3 allows only ASCII there
    }
