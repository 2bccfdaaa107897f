"""Objects that a job needs until it ends, below `intermediate/` in the media bucket.

They are uploads that aren't public yet, and the files of parts that other workers render. The bucket's lifecycle
deletes what a killed worker leaves there.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

INTERMEDIATE_PREFIX = "intermediate"

logger = logging.getLogger(__name__)


def intermediate_folder(job_id: str) -> str:
    """The prefix of a job's intermediate objects."""
    return f"{INTERMEDIATE_PREFIX}/{job_id}/"


def intermediate_key(job_id: str, attempt: int, name: str) -> str:
    """The key of an intermediate object of an attempt."""
    return f"{intermediate_folder(job_id)}{attempt}-{name}"


@dataclass(frozen=True)
class Intermediates:
    """The intermediate objects in `bucket`."""

    s3: "S3Client"
    bucket: str

    def upload(self, path: Path, key: str) -> None:
        """Upload a file. Raises botocore's and boto3's errors."""
        self.s3.upload_file(str(path), self.bucket, key)

    def download(self, key: str, path: Path) -> None:
        """Download an object; the file appears whole. Raises botocore's errors."""
        self.s3.download_file(self.bucket, key, str(path))

    def delete_of(self, job_id: str, attempt: int) -> None:
        """Delete what this attempt and earlier ones have left; objects of later attempts stay. Raises nothing."""
        folder = intermediate_folder(job_id)
        try:
            # A listing has up to 1,000 keys, and a job a few dozen of them per attempt.
            listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=folder).get("Contents", [])
        except (BotoCoreError, ClientError) as error:
            _warn_of_leftovers(error)
            return
        self.delete([each["Key"] for each in listed if _is_of_attempt(each["Key"].removeprefix(folder), attempt)])

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects that exist. The deletion of a key without an object would leave a delete marker in a bucket
        that is or was versioned. Raises nothing.
        https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html
        """
        objects: list[ObjectIdentifierTypeDef] = [{"Key": key} for key in keys]
        if not objects:
            return
        try:
            self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})
        except (BotoCoreError, ClientError) as error:
            _warn_of_leftovers(error)


def _is_of_attempt(name: str, latest: int) -> bool:
    """Whether an intermediate object, by its name in the job's folder, is of attempt `latest` or an earlier one."""
    attempt, dash, _ = name.partition("-")
    return bool(dash) and attempt.isdecimal() and int(attempt) <= latest


def _warn_of_leftovers(error: Exception) -> None:
    logger.warning("Intermediate objects may be left.", extra={"reason": str(error)})
