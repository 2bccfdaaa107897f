"""The base class of the stack's constructs."""

from typing import Any

from modules.terraform.bindings import Construct
from modules.terraform.context import StackContext


class Component(Construct):
    """One component of the architecture, such as the queue, with the resources that make it up.

    Params:
        context: the stack that the component belongs to.
        name: the construct's id, and the `Component` tag of its resources.
    """

    def __init__(self, context: StackContext, name: str) -> None:
        super().__init__(context.scope, name)
        self.tags = {"Component": name}
        """Tags of the component's resources. The provider's default tags add Project, Environment and ManagedBy."""

    @staticmethod
    def accept(resource: Any, check: str, reason: str) -> None:
        """Accept a checkov finding on a resource, with the reason.

        The reason is written into the JSON beside the resource, as a comment that Terraform ignores. `make policy`
        reads it, and fails if the check passes anyway.
        """
        resource.add_override(f"//.accepted.{check}", reason)
