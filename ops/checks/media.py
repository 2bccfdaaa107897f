"""Check that the media bucket deletes what killed workers leave in it."""

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws_errors import code_of
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PREFIX = "intermediate/"
"""Key prefix of uploads that are not public yet (worker/media/publish.py)."""
_RULE = "hospup-intermediate-uploads"
_EXPIRY = {"Expiration": {"Days": 7}}
_ABORT = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}
_OLD_VERSIONS = {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}}
_DEFAULT_SIZE = "all_storage_classes_128K"


def check_media(subject: Subject) -> Iterator[CheckResult]:
    """Check the bucket's lifecycle rules for intermediate uploads, which an adopted bucket has only if its owner adds
    them. In a bucket that keeps versions, their old versions must expire too."""
    s3, bucket = subject.context.session.client("s3"), subject.context.name("media_bucket")
    configuration = _lifecycle(s3, bucket)
    rules = configuration.get("Rules", [])
    needed = {**_EXPIRY, **_ABORT}
    if s3.get_bucket_versioning(Bucket=bucket).get("Status") is not None:  # suspended versioning keeps versions, too
        needed |= _OLD_VERSIONS
    missing = [action for action in needed if not any(_does(rule, action) for rule in rules)]
    if not missing:
        yield CheckResult("media", Level.OK, f"{bucket} deletes what killed workers leave in {PREFIX}")
        return
    what = f"{bucket} keeps what killed workers leave in {PREFIX}: no lifecycle rule there has {', '.join(missing)}"
    yield CheckResult(
        "media", Level.WARN, what, f"Add it, with the rules that exist: {_command(bucket, configuration, needed)}"
    )


def _lifecycle(s3: "S3Client", bucket: str) -> Mapping[str, Any]:
    try:
        return s3.get_bucket_lifecycle_configuration(Bucket=bucket)
    except ClientError as error:
        if code_of(error) == "NoSuchLifecycleConfiguration":
            return {}
        raise


def _does(rule: Mapping[str, Any], action: str) -> bool:
    """Whether a rule does this to every intermediate object, some days after it was made.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    selection = rule.get("Filter", {"Prefix": rule.get("Prefix", "")})
    is_for_all = not selection.keys() - {"Prefix"} and PREFIX.startswith(selection.get("Prefix", ""))
    is_timed = action != "Expiration" or "Days" in rule.get("Expiration", {})
    return rule["Status"] == "Enabled" and is_for_all and action in rule and is_timed


def _command(bucket: str, configuration: Mapping[str, Any], needed: Mapping[str, Any]) -> str:
    """The command that adds the rule. S3 replaces all rules at once, so it repeats those that exist.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    """
    kept: Sequence[Any] = [rule for rule in configuration.get("Rules", []) if rule.get("ID") != _RULE]
    rule = {"ID": _RULE, "Status": "Enabled", "Filter": {"Prefix": PREFIX}, **needed}
    text = json.dumps({"Rules": [*kept, rule]}, default=str).replace("  ", " \\u0020")  # output joins spaces
    words = ["aws", "s3api", "put-bucket-lifecycle-configuration", "--bucket", bucket]
    size = configuration.get("TransitionDefaultMinimumObjectSize", _DEFAULT_SIZE)
    if size != _DEFAULT_SIZE:
        words += ["--transition-default-minimum-object-size", size]
    return shlex.join([*words, "--lifecycle-configuration", text])
