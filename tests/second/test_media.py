"""What the worker needs of S3: uploads in parts, copies in one request, ranges, deletion of many, conditions."""

import os
import threading
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.second.conftest import Bucket
from worker.aws.outages import Outages
from worker.errors import LeaseLostError
from worker.job import ErrorCode, PermanentError, S3Location
from worker.media.cloud_fetch import CloudFetcher
from worker.media.fetch import SourceRequest
from worker.media.publish import Publisher, Upload
from worker.net.allow_list import DestinationPolicy

PARTS_BYTES = 20 << 20
"""Above the SDK's threshold for uploads in parts, 8 MB: three parts."""

OUTAGES = Outages(threading.Event().wait)


def publisher(bucket: Bucket) -> Publisher:
    return Publisher(bucket.s3, bucket.name, "eu-west-1", OUTAGES)


def fetcher(bucket: Bucket) -> CloudFetcher:
    return CloudFetcher(
        bucket.s3, frozenset({bucket.name, "no-such-bucket"}), DestinationPolicy("MEDIA_ALLOWED_HOSTS"), OUTAGES
    )


def own() -> None:
    """The job is still this worker's."""


def uploads(folder: Path, size: int = 1000) -> list[Upload]:
    video, thumbnail = folder / "v.mp4", folder / "v.jpg"
    video.write_bytes(os.urandom(size))
    thumbnail.write_bytes(b"jpeg")
    return [
        Upload(thumbnail, "generated-videos/21/été 1+1.jpg", "image/jpeg"),
        Upload(video, "generated-videos/21/été 1+1.mp4", "video/mp4"),
    ]


def test_what_is_published_is_whole_and_described(bucket: Bucket, tmp_path: Path) -> None:
    sent = uploads(tmp_path)
    publisher(bucket).publish("jöb 1", 1, sent, own)
    assert bucket.keys() == {upload.key for upload in sent}
    for upload in sent:
        stored = bucket.s3.get_object(Bucket=bucket.name, Key=upload.key)
        assert stored["Body"].read() == upload.path.read_bytes()
        assert (stored["ContentType"], stored["ContentDisposition"]) == (upload.content_type, "inline")
        assert stored["Metadata"] == {"job-id": "j%C3%B6b%201"}


def test_a_large_video_goes_up_in_parts_and_comes_back_in_ranges(bucket: Bucket, tmp_path: Path) -> None:
    sent = uploads(tmp_path, PARTS_BYTES)
    publisher(bucket).publish("job", 1, sent, own)
    target = tmp_path / "fetched"
    fetcher(bucket).fetch(SourceRequest(S3Location(bucket.name, sent[1].key), target))
    assert target.read_bytes() == sent[1].path.read_bytes()
    assert "Uploads" not in bucket.s3.list_multipart_uploads(Bucket=bucket.name)


def test_a_second_video_replaces_the_first_and_its_description(bucket: Bucket, tmp_path: Path) -> None:
    for job in ("first", "second"):
        sent = uploads(tmp_path)
        publisher(bucket).publish(job, 1, sent, own)
    stored = bucket.s3.get_object(Bucket=bucket.name, Key=sent[1].key)
    assert (stored["Body"].read(), stored["Metadata"]) == (sent[1].path.read_bytes(), {"job-id": "second"})


def test_a_worker_that_lost_its_job_publishes_nothing(bucket: Bucket, tmp_path: Path) -> None:
    def lost() -> None:
        raise LeaseLostError("another worker has it")

    with pytest.raises(LeaseLostError):
        publisher(bucket).publish("job", 1, uploads(tmp_path), lost)
    assert bucket.keys() == set()


def test_deleting_what_does_not_exist_is_no_error(bucket: Bucket, caplog: pytest.LogCaptureFixture) -> None:
    publisher(bucket).delete_intermediates("never-uploaded", 3)
    assert caplog.records == []


@pytest.mark.parametrize("name", ["", "no-such-bucket"])
def test_a_missing_source_is_the_jobs_fault(bucket: Bucket, tmp_path: Path, name: str) -> None:
    with pytest.raises(PermanentError) as refused:
        fetcher(bucket).fetch(SourceRequest(S3Location(name or bucket.name, "no such.mp4"), tmp_path / "x"))
    assert refused.value.code is ErrorCode.MEDIA_MISSING


def test_a_copy_on_condition_of_its_source(bucket: Bucket) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html"""
    etag = bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"1")["ETag"]
    source = {"Bucket": bucket.name, "Key": "a"}
    bucket.s3.copy_object(Bucket=bucket.name, Key="b", CopySource=source, CopySourceIfMatch=etag)  # type: ignore[arg-type]
    bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"2")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        bucket.s3.copy_object(Bucket=bucket.name, Key="b", CopySource=source, CopySourceIfMatch=etag)  # type: ignore[arg-type]
    assert bucket.s3.get_object(Bucket=bucket.name, Key="b")["Body"].read() == b"1"


def test_a_write_on_condition_that_nothing_is_there(bucket: Bucket) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html"""
    bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"1", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"2", IfNoneMatch="*")


def test_a_wrong_checksum_is_refused(bucket: Bucket) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html"""
    with pytest.raises(ClientError, match="BadDigest"):
        bucket.s3.put_object(Bucket=bucket.name, Key="a", Body=b"1", ChecksumCRC32="AAAAAA==")


def test_a_bucket_name_of_two_characters_is_refused(bucket: Bucket) -> None:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
    with pytest.raises(ClientError, match="InvalidBucketName"):
        bucket.s3.create_bucket(Bucket="b1", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
