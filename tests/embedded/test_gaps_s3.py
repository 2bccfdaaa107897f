"""Delete markers of a bucket with versioning."""

from embedded.aws import EmbeddedAws


def test_the_deletion_of_a_key_without_an_object_leaves_a_marker(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="versioned", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="versioned", Key="there", Body=b"x")
    s3.delete_objects(Bucket="versioned", Delete={"Objects": [{"Key": "there"}, {"Key": "missing"}]})
    listed = s3.list_object_versions(Bucket="versioned")
    assert {marker["Key"] for marker in listed["DeleteMarkers"]} == {"there", "missing"}
    assert [version["Key"] for version in listed["Versions"]] == ["there"]
    assert s3.list_objects_v2(Bucket="versioned")["KeyCount"] == 0
