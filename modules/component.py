"""What all constructs here have in common."""

from typing import Any

from constructs import Construct


class Component(Construct):
    """One noun of the architecture, holding the resources that make it up.

    Params:
        scope: the stack.
        noun: what users call it; its resources' `Component` tag.
    """

    def __init__(self, scope: Construct, noun: str) -> None:
        super().__init__(scope, noun)
        self.tags = {"Component": noun}
        """Tags for each of its resources; Project, Environment and ManagedBy come from the provider's default tags."""

    @staticmethod
    def accept(resource: Any, check: str, reason: str) -> None:
        """Say why a resource needn't pass one of checkov's checks.

        The reason stands in the JSON beside the resource, as a comment that Terraform ignores; `make policy` reads it
        there, and fails when the check would have passed anyway.
        """
        resource.add_override(f"//.accepted.{check}", reason)
