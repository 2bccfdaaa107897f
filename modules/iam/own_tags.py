"""The tags that identify an environment's resources, and IAM conditions on them."""

from modules.config import PROJECT
from modules.iam.policies import Conditions
from modules.terraform.context import StackContext


def identifying_tags(environment: str) -> dict[str, str]:
    """The tags that every resource of an environment has, and no other environment's."""
    return {"Project": PROJECT, "Environment": environment}


def is_own_resource(context: StackContext) -> Conditions:
    """The condition that the resource has the environment's tags."""
    return {"StringEquals": _tags(context, "aws:ResourceTag")}


def is_not_foreign(context: StackContext) -> Conditions:
    """The condition that the resource has no other values of the environment's tags; it may have none.

    For services whose permission to tag a new resource is one to tag every resource: tags can then protect what has
    tags, and nothing else.
    """
    return {"StringEqualsIfExists": _tags(context, "aws:ResourceTag")}


def is_created_with_own_tags(context: StackContext) -> Conditions:
    """The condition that the request creates a resource with the environment's tags."""
    return {"StringEquals": _tags(context, "aws:RequestTag")}


def _tags(context: StackContext, key: str) -> dict[str, str]:
    return {f"{key}/{tag}": value for tag, value in identifying_tags(context.environment.name).items()}
