"""The history of releases: which image tag was deployed when, by the revisions of the workers' task definition.

Terraform registers a revision for each change of a worker, so several revisions in a row may have one tag. Its release
is the first of them.
"""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import boto3

from ops.aws.registry import Image
from ops.aws.service import image_tag
from ops.errors import FindingError
from ops.stack.variables import NO_IMAGE

if TYPE_CHECKING:
    from mypy_boto3_ecs.literals import TaskDefinitionStatusType

_REVISIONS = 40
"""Newest revisions that are read: one call of AWS each."""
# Terraform deregisters old revisions where `protect_data` is off; they can still be described.
_STATUSES: "tuple[TaskDefinitionStatusType, ...]" = ("ACTIVE", "INACTIVE")


@dataclass(frozen=True)
class Release:
    """A deployment of another image than before."""

    tag: str
    revision: int
    """The first revision of the task definition with this image."""
    last_revision: int
    """The last one in a row: with all settings as they were when the next image came."""
    released_at: float
    """When that revision was registered, in Unix seconds."""


def list_releases(session: boto3.Session, task_definition: str) -> list[Release]:
    """The latest releases, newest first. Raises botocore's errors.

    Params:
        task_definition: ARN of one of its revisions.
    """
    ecs = session.client("ecs")
    family = _family(task_definition)
    arns = [
        arn
        for status in _STATUSES
        for arn in ecs.list_task_definitions(familyPrefix=family, status=status, sort="DESC")["taskDefinitionArns"]
        if _family(arn) == family
    ]
    newest = sorted(arns, key=revision_of)[-_REVISIONS:]
    revisions = [
        Release(image_tag(found), revision_of(arn), revision_of(arn), found["registeredAt"].timestamp())
        for arn in newest
        for found in [ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]]
    ]
    released = [_as_one(list(same)) for _, same in itertools.groupby(revisions, key=lambda release: release.tag)]
    return [release for release in reversed(released) if release.tag != NO_IMAGE]


def _as_one(revisions: Sequence[Release]) -> Release:
    """Revisions in a row of one image as its release."""
    return replace(revisions[0], last_revision=revisions[-1].revision)


def image_before(releases: Sequence[Release], images: Collection[Image], task_definition: str, tag: str) -> Release:
    """The release to go back to from `tag`, which the service runs by `task_definition`.

    It is the latest one before, of another image that the registry still has. Images that are marked as having run come
    first: between two good releases may lie one that ECS took back.

    Raises `FindingError` if there is none.
    """
    running, present = revision_of(task_definition), {image.tag: image for image in images}
    before = [
        release for release in releases if release.revision < running and release.tag != tag and release.tag in present
    ]
    found = next((release for release in before if present[release.tag].is_marked), None) or next(iter(before), None)
    if found is None:
        raise FindingError(
            f"No image ran before {tag} that is still in the registry: choose one of `hospup-video image list`, and "
            "release it by `hospup-video image release TAG`."
        )
    return found


def revision_of(task_definition: str) -> int:
    """The revision's number in a task definition's ARN, or in `family:revision`."""
    return int(task_definition.rpartition(":")[2])


def _family(task_definition: str) -> str:
    return task_definition.rpartition("/")[2].partition(":")[0]
