"""Checks of Terraform's state: its bucket, its lock, and whether the environment is deployed."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.aws_errors import is_missing
from ops.checks.result import CheckResult, Level
from ops.checks.subject import Subject
from ops.console.output import clean
from ops.errors import NotDeployedError, UsageError
from ops.stack.outputs import State
from ops.words import count

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def check_state(subject: Subject) -> Iterator[CheckResult]:
    """Check that the bucket exists and is versioned, that the state is not locked, and that it has outputs."""
    state = subject.context.state
    s3 = subject.context.session.client("s3", region_name=state.region)
    try:
        versioned = s3.get_bucket_versioning(Bucket=state.bucket).get("Status") == "Enabled"
    except ClientError as error:
        if not is_missing(error):
            raise
        what = f"there is no bucket {state.bucket}"
        yield CheckResult(
            "state", Level.FAIL, what, "Run make bootstrap, once an account; or name yours in backend.tf.json."
        )
        return
    if not versioned:
        what = f"bucket {state.bucket} keeps no old versions: a lost state can't be brought back"
        yield CheckResult("state", Level.WARN, what, "Run make bootstrap; ADOPT=1 for a bucket that it didn't make.")
    yield from _lock(s3, state)
    try:
        names = subject.context.outputs
    except NotDeployedError:
        what = f"nothing is deployed as environment {state.environment}: there is no resource in {state.url}"
        remedy = f"Run make deploy ENV={state.environment}, or name another with -e."
        yield CheckResult("state", Level.FAIL, what, remedy)
        return
    except UsageError as error:
        remedy = (
            "Deploy nothing over a damaged state, which would make everything a second time. Bring its last good "
            f"version back: aws s3api list-object-versions --bucket {state.bucket} --prefix {state.key}"
        )
        yield CheckResult("state", Level.FAIL, str(error), remedy)
        return
    yield CheckResult("state", Level.OK, f"{state.url}, {count(len(names), 'output')}")


def _lock(s3: "S3Client", state: State) -> Iterator[CheckResult]:
    try:
        body = s3.get_object(Bucket=state.bucket, Key=state.lock_key)["Body"].read()
    except ClientError as error:
        if is_missing(error):
            return
        raise
    try:
        lock = json.loads(body)
        who, when, ident = (clean(lock.get(name, "?")) for name in ("Who", "Created", "ID"))
    except (ValueError, AttributeError):
        who = when = ident = "?"
    yield CheckResult(
        "lock",
        Level.WARN,
        f"{who} holds it since {when}: nobody else can deploy",
        f"If nobody deploys now: terraform force-unlock {ident}, in cdktf.out/stacks/hospup-video-{state.environment}.",
    )
