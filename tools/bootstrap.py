"""`make bootstrap`: creates the bucket for Terraform's state, which backend.tf.json names; once per account.

It can be run again at any time and from any machine: an existing bucket is imported and its settings are corrected. A
bucket that this command didn't create is left unchanged without `--adopt`.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from modules.config import ConfigurationError
from modules.config.backend import read_backend

ROOT = Path(__file__).resolve().parents[1]


class BootstrapError(Exception):
    """The bucket can't be created; the message says why and what to do."""


def main() -> int:
    """Create the bucket or correct its settings. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--adopt", action="store_true", help="change the settings of a bucket that was not made by this"
    )
    options = parser.parse_args()
    try:
        bootstrap(read_backend(ROOT / "backend.tf.json"), adopt=options.adopt)
    except (ConfigurationError, BootstrapError) as error:
        print(error, file=sys.stderr)
        return 1
    except BotoCoreError as error:
        print(f"AWS can't be reached: {error}. Check credentials (aws sts get-caller-identity).", file=sys.stderr)
        return 1
    return 0


def bootstrap(backend: Mapping[str, str], *, adopt: bool) -> None:
    """Apply the bootstrap stack."""
    from modules.bootstrap import STACK, TAGS, Bootstrap  # noqa: PLC0415
    from modules.terraform.bindings import App, LocalBackend  # noqa: PLC0415 - loading jsii takes seconds: not for a refusal

    bucket = backend["bucket"]
    client = boto3.client("s3", region_name=backend["region"])
    exists = find(client, bucket)
    if exists and not adopt and tags(client, bucket).get("ManagedBy") != TAGS["ManagedBy"]:
        raise BootstrapError(
            f"The bucket {bucket} exists and was not made by make bootstrap. To use it as it is, do nothing: "
            "backend.tf.json names it already. To have its settings put right too, run make bootstrap ADOPT=1."
        )
    with tempfile.TemporaryDirectory(prefix="hospup-bootstrap-") as folder:
        app = App(outdir=folder)
        # Deleted with the folder, see Bootstrap; by default cdktf would keep it in the working directory.
        LocalBackend(Bootstrap(app, backend, exists=exists), path=str(Path(folder) / "terraform.tfstate"))
        app.synth()
        stack = Path(folder) / "stacks" / STACK
        terraform(stack, "init", "-input=false")
        terraform(stack, "apply", "-auto-approve", "-input=false")
    print(f"The state bucket {bucket} is {'there, its settings put right' if exists else 'made'}.")


def find(client: Any, bucket: str) -> bool:
    """Whether the bucket exists. Raises BootstrapError if another account owns it, or it may not be changed."""
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            return False
        if status in {301, 403}:
            raise BootstrapError(
                f"The bucket {bucket} exists in another account or region, or you may not see it: "
                "write another name, or its region, into backend.tf.json."
            ) from error
        raise BootstrapError(f"S3 refuses to say whether the bucket {bucket} exists: {error}.") from error
    return True


def tags(client: Any, bucket: str) -> dict[str, str]:
    """The bucket's tags; empty if it has none."""
    try:
        answer = client.get_bucket_tagging(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise BootstrapError(f"The tags of the bucket {bucket} can't be read: {error}.") from error
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def terraform(folder: Path, *arguments: str) -> None:
    """Run Terraform in a folder. Raises BootstrapError with its output."""
    variables = {name: value for name, value in os.environ.items() if name not in {"TF_WORKSPACE", "TF_DATA_DIR"}}
    command = [os.environ.get("TERRAFORM", "terraform"), f"-chdir={folder}", *arguments, "-no-color"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BootstrapError(f"terraform {arguments[0]} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


if __name__ == "__main__":
    sys.exit(main())
