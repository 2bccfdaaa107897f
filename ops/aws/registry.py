"""The image repository in ECR: its tags, and the credentials to push to it."""

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.errors import UsageError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecr.type_defs import ImageDetailTypeDef

_TAG_LENGTH = 128
_TAG = re.compile(rf"[A-Za-z0-9_][A-Za-z0-9._-]{{0,{_TAG_LENGTH - 1}}}")
"""https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"""

_RELEASED = "released-"
"""Prefix of the tag by which the lifecycle policy knows images that have run (modules/data/registry.py)."""

_MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
"""Media types of an image's manifest, of one processor or of several."""


@dataclass(frozen=True)
class Image:
    """An image in the repository."""

    tag: str
    digest: str
    bytes: int
    pushed_at: float
    """When it was pushed, in Unix seconds."""
    is_marked: bool
    """Whether the registry knows that it has run: `image push` marks the images that run."""


@dataclass(frozen=True)
class Login:
    """Credentials of the registry; the password is valid for twelve hours."""

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
        """The image with this tag, or None. Raises botocore's errors."""
        try:
            details = self._ecr.describe_images(repositoryName=self.name, imageIds=[{"imageTag": tag}])["imageDetails"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ImageNotFoundException":
                return None
            raise
        (found,) = details
        return _image(tag, found)

    def images(self) -> list[Image]:
        """Every image with a tag, newest first. Raises botocore's errors."""
        pages = self._ecr.get_paginator("describe_images").paginate(
            repositoryName=self.name, filter={"tagStatus": "TAGGED"}
        )
        found = [
            _image(tag, details)
            for page in pages
            for details in page["imageDetails"]
            for tag in details.get("imageTags", [])
            if not tag.startswith(_RELEASED)
        ]
        return sorted(found, key=lambda image: image.pushed_at, reverse=True)

    def mark_released(self, tag: str) -> bool:
        """Give an image the further tag `released-TAG`: the lifecycle policy keeps it longer than images that were only
        pushed. Returns whether it is new. Raises botocore's errors.

        https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-retag.html
        """
        answer = self._ecr.batch_get_image(
            repositoryName=self.name, imageIds=[{"imageTag": tag}], acceptedMediaTypes=list(_MANIFESTS)
        )
        for image in answer["images"]:
            try:
                self._ecr.put_image(
                    repositoryName=self.name,
                    imageManifest=image["imageManifest"],
                    imageManifestMediaType=image["imageManifestMediaType"],
                    imageTag=f"{_RELEASED}{tag}"[:_TAG_LENGTH],
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ImageAlreadyExistsException":
                    raise
                return False
            return True
        return False

    def login(self) -> Login:
        """Request credentials for this registry. Raises botocore's errors."""
        (answer,) = self._ecr.get_authorization_token()["authorizationData"]
        username, _, password = base64.b64decode(answer["authorizationToken"]).decode().partition(":")
        return Login(self.registry, username, password)


def _image(tag: str, details: "ImageDetailTypeDef") -> Image:
    pushed = details.get("imagePushedAt")
    return Image(
        tag=tag,
        digest=details["imageDigest"],
        bytes=details.get("imageSizeInBytes", 0),
        pushed_at=pushed.timestamp() if pushed else 0.0,
        is_marked=any(other.startswith(_RELEASED) for other in details.get("imageTags", [])),
    )


def checked_tag(tag: str) -> str:
    """The tag, if it is a valid image tag. Raises `UsageError` otherwise."""
    if not _TAG.fullmatch(tag):
        raise UsageError(
            f"{tag!r} is no image tag: use 1 to 128 letters, digits, dots, dashes and underscores, the first a letter, "
            "a digit or an underscore."
        )
    return tag
