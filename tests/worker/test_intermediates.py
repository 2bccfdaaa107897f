"""What workers leave in a bucket that keeps versions: a delete marker for each upload, and none besides."""

import json
import threading
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from embedded.credentials import ACCESS_KEY, REGION, SECRET_KEY
from tests.waiting import eventually
from tests.worker.conftest import Site
from tests.worker.test_consume import job
from worker.aws.ledger import Claim, Ledger
from worker.aws.outages import Outages
from worker.errors import LeaseLostError, UploadError
from worker.job import JobIdentity, MessageBody
from worker.media.publish import Publisher, Upload

JOB = "j 1/été"
FOLDER = f"intermediate/{JOB}/"
OUTAGES = Outages(threading.Event().wait)


@pytest.fixture
def versioned(site: Site) -> Site:
    site.aws.client("s3").put_bucket_versioning(Bucket=site.bucket, VersioningConfiguration={"Status": "Enabled"})
    return site


@pytest.fixture
def publisher(versioned: Site) -> Publisher:
    return Publisher(versioned.aws.client("s3"), versioned.bucket, REGION, OUTAGES)


@pytest.fixture
def uploads(tmp_path: Path) -> list[Upload]:
    made = []
    for name in ("video.jpg", "video.mp4"):
        (tmp_path / name).write_bytes(name.encode())
        made.append(Upload(tmp_path / name, f"generated-videos/7/{name}", "application/octet-stream"))
    return made


def markers(site: Site) -> set[str]:
    """The keys of the delete markers; each key has one at most."""
    found = site.aws.client("s3").list_object_versions(Bucket=site.bucket).get("DeleteMarkers", [])
    keys = [marker["Key"] for marker in found]
    assert len(set(keys)) == len(keys)
    return set(keys)


def intermediates(site: Site) -> set[str]:
    keys = site.keys()
    return {key for key in keys if key.startswith("intermediate/")}


def leave(site: Site, *names: str) -> None:
    """Objects of a worker that was killed."""
    for name in names:
        site.aws.client("s3").put_object(Bucket=site.bucket, Key=FOLDER + name, Body=b"x")


def owned() -> None:
    """The job is still this worker's."""


def lost() -> None:
    raise LeaseLostError("the lease was lost")


def test_a_job_deletes_what_it_uploaded(versioned: Site, clip: Path) -> None:
    versioned.start_worker()
    versioned.send(job(versioned, clip, "one"))
    assert versioned.final("one").json()["status"] == "COMPLETE"
    eventually(lambda: versioned.depth(versioned.queue_url) == (0, 0))
    assert markers(versioned) == {"intermediate/one/1-0", "intermediate/one/1-1"}
    assert intermediates(versioned) == set()


@pytest.mark.parametrize("check", [owned, lost])
def test_a_later_attempt_deletes_what_earlier_ones_left_too(
    versioned: Site, publisher: Publisher, uploads: list[Upload], check: Callable[[], None]
) -> None:
    leave(versioned, "1-1", "3-0", "not-ours")
    try:
        publisher.publish(JOB, 2, uploads, check)
    except LeaseLostError:
        assert check is lost
    assert markers(versioned) == {FOLDER + name for name in ("1-1", "2-0", "2-1")}
    assert intermediates(versioned) == {FOLDER + "3-0", FOLDER + "not-ours"}


def test_an_upload_that_fails_leaves_no_marker(versioned: Site, publisher: Publisher, uploads: list[Upload]) -> None:
    uploads[1].path.unlink()
    with pytest.raises((UploadError, OSError)):
        publisher.publish(JOB, 1, uploads, owned)
    assert markers(versioned) == {FOLDER + "1-0"}


def test_a_job_without_leftovers_costs_no_deletion(versioned: Site, publisher: Publisher) -> None:
    publisher.delete_intermediates(JOB, 3)
    assert markers(versioned) == set()


def test_a_job_that_fails_deletes_what_a_killed_try_left(versioned: Site) -> None:
    body = json.dumps({"job_id": "gone", "video_id": "v", "segments": [{"video_url": f"s3://{versioned.bucket}/none"}]})
    ledger = Ledger(versioned.aws.client("dynamodb"), versioned.table, "killed", 1)
    claim = ledger.claim(JobIdentity("gone", "v", "1"), MessageBody(body).fingerprint(), "m", 1)
    assert isinstance(claim, Claim)
    ledger.release(claim)
    versioned.aws.client("s3").put_object(Bucket=versioned.bucket, Key="intermediate/gone/1-0", Body=b"x")
    versioned.start_worker()
    versioned.send(body)
    assert versioned.final("gone").json()["error_code"] == "MEDIA_MISSING"
    assert markers(versioned) == {"intermediate/gone/1-0"}


def test_a_bucket_that_refuses_stops_nothing(versioned: Site) -> None:
    session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
    s3 = session.client("s3", endpoint_url=versioned.aws.endpoint)
    Publisher(s3, "no-such-bucket-here", REGION, OUTAGES).delete_intermediates(JOB, 1)
