"""The image's repository in ECR: which tags there are, and how to log in to it."""

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""


@dataclass(frozen=True)
class Image:
    """An image in the repository; `pushed_at` is Unix seconds."""

    tag: str
    digest: str
    bytes: int
    pushed_at: float


@dataclass(frozen=True)
class Login:
    """What a container engine logs in with; the password holds for twelve hours."""

    registry: str
    username: str
    password: str


class Repository:
    """The repository at `uri`, `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME`."""

    def __init__(self, ecr: "ECRClient", uri: str) -> None:
        self._ecr = ecr
        self.uri = uri
        self.registry, _, self.name = uri.partition("/")
        if not self.name:
            raise UsageError(f"{uri} is no repository: give Terraform's output ecr_repository_uri.")

    def find(self, tag: str) -> Image | None:
        """The image of a tag; None where there is none. Raises botocore's errors."""
        try:
            details = self._ecr.describe_images(repositoryName=self.name, imageIds=[{"imageTag": tag}])["imageDetails"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise
        (found,) = details
        pushed = found.get("imagePushedAt")
        return Image(tag, found["imageDigest"], found.get("imageSizeInBytes", 0), pushed.timestamp() if pushed else 0.0)

    def login(self) -> Login:
        """A password for this registry. Raises botocore's errors."""
        (answer,) = self._ecr.get_authorization_token()["authorizationData"]
        username, _, password = base64.b64decode(answer["authorizationToken"]).decode().partition(":")
        return Login(self.registry, username, password)


def checked_tag(tag: str) -> str:
    """The tag, if an image can bear it. Raises `UsageError`."""
    if not _TAG.fullmatch(tag):
        raise UsageError(
            f"{tag!r} is no image tag: use 1 to 128 letters, digits, dots, dashes and underscores, the first a letter, "
            "a digit or an underscore."
        )
    return tag
