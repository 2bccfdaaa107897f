"""Reads Terraform's outputs of an environment, from its state in S3 or from a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.aws_errors import is_bucket_missing, is_missing
from ops.errors import NoBucketError, NotDeployedError, UsageError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).resolve().parents[2]
BACKEND_FILE = ROOT / "backend.tf.json"
ENVIRONMENTS = ROOT / "environments"


class State:
    """The location of one environment's state: the backend of `backend.tf.json`, the workspace of the same name."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        try:
            settings = json.loads(BACKEND_FILE.read_text(encoding="utf-8"))["terraform"]["backend"]["s3"]
            self.bucket, self.region = str(settings["bucket"]), str(settings["region"])
            key, prefix = str(settings["key"]), str(settings.get("workspace_key_prefix", "env:"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{BACKEND_FILE} doesn't say where the state lies ({type(error).__name__}: {error}). Mend it, or give "
                "the outputs with --outputs FILE."
            ) from error
        # https://developer.hashicorp.com/terraform/language/backend/s3#workspace_key_prefix
        self.key = key if environment == "default" else f"{prefix}/{environment}/{key}"

    @property
    def url(self) -> str:
        """The state object's URL."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def lock_key(self) -> str:
        """Key of the lock, an object that exists while Terraform changes the environment (`use_lockfile`)."""
        return f"{self.key}.tflock"

    def outputs(self, s3: "S3Client") -> Mapping[str, Any]:
        """The outputs by name.

        Raises `NotDeployedError` if nothing is deployed, `NoBucketError`, `UsageError` if the state can't be read, and
        botocore's errors.
        """
        try:
            body = s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except ClientError as error:
            if is_bucket_missing(error):
                raise NoBucketError(
                    f"There is no bucket {self.bucket}, where Terraform's state would be. Run `make bootstrap`, once "
                    "per account, name yours in backend.tf.json, or check the account: `aws sts get-caller-identity`."
                ) from error
            if is_missing(error):
                raise self._not_deployed(f"there is no {self.url}") from error
            raise
        state = _parse(body, self.url)
        if not state.get("outputs") and not state.get("resources"):
            raise self._not_deployed(f"{self.url} holds no resource")
        return _values(state, self.url)

    def _not_deployed(self, reason: str) -> NotDeployedError:
        return NotDeployedError(
            f"Nothing is deployed as environment {self.environment!r}: {reason}. Name another with --environment "
            f"({', '.join(known_environments()) or 'none is configured'}), deploy it with `make deploy "
            f"ENV={self.environment}`, or give the names by flags, variables or --outputs FILE."
        )


def outputs_in(path: Path) -> Mapping[str, Any]:
    """The outputs in a file written by `terraform output -json` or `cdktf deploy --outputs-file`.

    Raises `UsageError`.
    """
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UsageError(f"The outputs in {path} can't be read ({error.strerror}): name another file.") from error
    return _values(_parse(body, str(path)), str(path))


def known_environments() -> list[str]:
    """Names of the environments that have a file, sorted."""
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.json"))


def _parse(body: bytes, where: str) -> Mapping[str, Any]:
    """The JSON object in a state or a file of outputs. Raises `UsageError`."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where} is not JSON ({error}): it is damaged, or another kind of file.") from error
    if not isinstance(content, dict):
        raise UsageError(f"{where} holds no JSON object: it is damaged, or another kind of file.")
    return content


def _values(content: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """The outputs in a state, or in a file of outputs. Raises `UsageError`."""
    if "terraform_version" in content:  # a state
        content = content.get("outputs") or {}
    elif len(content) == 1 and all(isinstance(inner, dict) and "value" not in inner for inner in content.values()):
        (content,) = content.values()  # cdktf's file: outputs by stack
    if not content:
        raise UsageError(
            f"{where} holds no outputs: a deployment stopped half-way, or the file is another. See what a plan says "
            "before you deploy."
        )
    return {
        name: item["value"] if isinstance(item, dict) and "value" in item else item for name, item in content.items()
    }
