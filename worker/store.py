"""Publishes a finished video: its object keys, the upload, the URLs that a client fetches it by."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from worker.job import Job, Location, S3Location, parse_location
from worker.video.video import Extra

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "generated-videos"

_SUFFIXES = (".mp4", ".jpg", ".webp")


@dataclass(frozen=True)
class Keys:
    """Object keys of a job's outputs."""

    video: str
    thumbnail: str

    def of(self, extra: Extra) -> str:
        """Of a file beside them."""
        return self.video.removesuffix(".mp4") + extra.suffix


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
    """Puts outputs into the media bucket. An S3 object appears only once its upload is complete."""

    s3: "S3Client"
    bucket: str
    region: str
    public_base_url: str | None = None

    def publish(self, job: Job, keys: Keys, video: Path, thumbnail: Path) -> None:
        """Upload the thumbnail and then the video, so that whoever sees the video finds its picture."""
        self._upload(job, thumbnail, keys.thumbnail, "image/jpeg")
        self._upload(job, video, keys.video, "video/mp4")

    def publish_extras(self, job: Job, keys: Keys, extras: Sequence[Extra]) -> None:
        """Upload what lies beside the video; what refers to another file comes after it."""
        for extra in extras:
            self._upload(job, extra.path, keys.of(extra), extra.content_type)

    def _upload(self, job: Job, path: Path, key: str, content_type: str) -> None:
        self.s3.upload_file(
            str(path),
            self.bucket,
            key,
            ExtraArgs={
                "ContentType": content_type,
                "ContentDisposition": "inline",
                "Metadata": {"job-id": job.job_id},
            },
        )

    def url(self, key: str) -> str:
        """The URL that a client fetches `key` by."""
        base = self.public_base_url or f"https://s3.{self.region}.amazonaws.com/{self.bucket}"
        return f"{base}/{quote(key)}"
