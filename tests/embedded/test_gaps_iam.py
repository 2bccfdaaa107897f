"""Policies that insist on TLS."""

import json

from embedded.aws import EmbeddedAws


def test_a_bucket_that_insists_on_tls_takes_objects(aws: EmbeddedAws) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    s3.put_object(Bucket="tls-only", Key="été.mp4", Body=b"x")
    assert s3.get_object(Bucket="tls-only", Key="été.mp4")["Body"].read() == b"x"
