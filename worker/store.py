"""Publishes a finished video: its object keys, the upload, the URLs that a client fetches it by.

Outputs go to keys of this attempt's own first, below `intermediate/`; they are looked at there, and only a worker that
still owns the job copies them to where clients look. So a worker that lost its job overwrites nothing, and what a
client sees is whole.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import BotoCoreError, ClientError

from worker.job import Job, Location, S3Location, parse_location
from worker.video.video import Extra

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

PREFIX = "generated-videos"
_SUFFIXES = (".mp4", ".jpg", ".webp")
INTERMEDIATE_PREFIX = "intermediate"
"""The bucket's lifecycle removes what a killed worker leaves here."""

_COPY = TransferConfig(multipart_threshold=4 * 1024**3)
"""S3 copies up to 5 GB in one request, in which the object appears whole.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""

_OUTPUTS_MAX = 16
"""Of one job."""

_KEYS_MAX = 1000
"""That S3 deletes in one request.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Keys:
    """Object keys of a job's outputs."""

    video: str
    thumbnail: str

    def of(self, extra: Extra) -> str:
        """Of a file beside them."""
        return self.video.removesuffix(".mp4") + extra.suffix


@dataclass(frozen=True)
class Output:
    """A file, and the key that it becomes an object under."""

    path: Path
    key: str
    content_type: str


class UploadError(Exception):
    """What S3 holds is not what was sent. Counts as transient: the job is tried again."""


def output_keys(job: Job, bucket: str) -> Keys:
    """Where a job's outputs go in `bucket`; `-final` before the suffix as often as it takes not to meet an input."""
    inputs = {parse_location(source) for source, _ in job.sources}
    stem = f"{PREFIX}/{job.property_id}/{job.video_id}"
    if job.output.key is not None:
        stem = job.output.key.removesuffix(".mp4")
    while _clashes(stem, bucket, inputs):
        stem += "-final"
    return Keys(f"{stem}.mp4", f"{stem}.jpg")


def _clashes(stem: str, bucket: str, inputs: Collection[Location]) -> bool:
    """Whether an output would meet an input: the files of the stem itself, or what lies in the folder of that name."""
    keys = [place.key for place in inputs if isinstance(place, S3Location) and place.bucket == bucket]
    return any(key.startswith(f"{stem}/") or key in {f"{stem}{suffix}" for suffix in _SUFFIXES} for key in keys)


@dataclass(frozen=True)
class Publisher:
    """Puts outputs into the media bucket."""

    s3: "S3Client"
    bucket: str
    region: str
    public_base_url: str | None = None

    def publish(self, job_id: str, attempt: int, outputs: Sequence[Output], still_ours: Callable[[], None]) -> None:
        """Make the outputs appear, in their order: the video last, so that whoever sees it finds its picture.

        `still_ours` is called between upload and appearance, and raises where the job is another worker's by now.
        Raises `UploadError`, and botocore's errors where S3 can't be reached.
        """
        keys = [_intermediate(job_id, attempt, index) for index in range(len(outputs))]
        try:
            for output, key in zip(outputs, keys, strict=True):
                self._upload(output, key, job_id)
            still_ours()
            for output, key in zip(outputs, keys, strict=True):
                self.s3.copy(
                    {"Bucket": self.bucket, "Key": key},
                    self.bucket,
                    output.key,
                    ExtraArgs={"MetadataDirective": "REPLACE", **_described(output, job_id)},
                    Config=_COPY,
                )
        finally:
            self.tidy(job_id, attempt)

    def url(self, key: str) -> str:
        """The URL that a client fetches `key` by."""
        base = self.public_base_url or f"https://s3.{self.region}.amazonaws.com/{self.bucket}"
        return f"{base}/{quote(key)}"

    def _upload(self, output: Output, key: str, job_id: str) -> None:
        """Upload, and look at what is there. The SDK sends a checksum along, which S3 compares."""
        self.s3.upload_file(str(output.path), self.bucket, key, ExtraArgs=_described(output, job_id))
        stored = self.s3.head_object(Bucket=self.bucket, Key=key)["ContentLength"]
        if stored != output.path.stat().st_size:
            raise UploadError(f"{key} has {stored} bytes where {output.path.stat().st_size} were sent")

    def tidy(self, job_id: str, attempt: int) -> None:
        """Remove what this attempt and earlier ones left on the way.

        Raises nothing: what can't be removed just now, the bucket's lifecycle removes.
        """
        keys: list[ObjectIdentifierTypeDef] = [
            {"Key": _intermediate(job_id, number, index)}
            for number in range(1, attempt + 1)
            for index in range(_OUTPUTS_MAX)
        ]
        try:
            self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": keys[-_KEYS_MAX:], "Quiet": True})
        except (BotoCoreError, ClientError) as error:
            logger.warning("Intermediate objects may be left.", extra={"reason": str(error)})


def _intermediate(job_id: str, attempt: int, index: int) -> str:
    return f"{INTERMEDIATE_PREFIX}/{job_id}/{attempt}-{index}"


def _described(output: Output, job_id: str) -> dict[str, object]:
    return {
        "ContentType": output.content_type,
        "ContentDisposition": "inline",
        "Metadata": {"job-id": quote(job_id)},  # S3 takes ASCII alone there
    }
