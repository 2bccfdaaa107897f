"""Terraform's outputs of an environment: from its state in S3, or from a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from ops.errors import UsageError
from ops.refusals import is_missing

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).resolve().parents[1]
BACKEND_FILE = ROOT / "backend.tf.json"
ENVIRONMENTS = ROOT / "environments"


class State:
    """Where the state of one environment lies: what `backend.tf.json` says, in the workspace of the same name."""

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
        """The state's object."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def lock_key(self) -> str:
        """The object that exists while somebody changes the environment (`use_lockfile`)."""
        return f"{self.key}.tflock"

    def outputs(self, s3: "S3Client") -> Mapping[str, Any]:
        """The outputs by name. Raises `UsageError` where nothing is deployed, and botocore's errors."""
        try:
            body = s3.get_object(Bucket=self.bucket, Key=self.key)["Body"].read()
        except ClientError as error:
            if not is_missing(error):
                raise
            raise UsageError(
                f"Nothing is deployed as environment {self.environment!r}: there is no {self.url}. Name another with "
                f"--environment ({', '.join(known_environments()) or 'none is configured'}), deploy it with "
                f"`make deploy ENV={self.environment}`, or give the names by flags, variables or --outputs FILE."
            ) from error
        return _values(body.decode(), self.url)


def outputs_in(path: Path) -> Mapping[str, Any]:
    """The outputs in a file: what `terraform output -json` printed, or what `cdktf deploy --outputs-file` wrote."""
    try:
        return _values(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--outputs {path} can't be read: {error}.") from error


def known_environments() -> list[str]:
    """The environments that have a file."""
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.json"))


def _values(text: str, where: str) -> Mapping[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON: {error}.") from error
    if isinstance(content, dict):
        if "terraform_version" in content:  # a state
            content = content.get("outputs", {})
        elif len(content) == 1 and all(isinstance(inner, dict) and "value" not in inner for inner in content.values()):
            (content,) = content.values()  # cdktf's file: outputs by stack
    if not isinstance(content, dict) or not content:
        raise UsageError(f"{where} holds no outputs: deploy first, or give another file.")
    return {
        name: item["value"] if isinstance(item, dict) and "value" in item else item for name, item in content.items()
    }
