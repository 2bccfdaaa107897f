"""What all constructs here have in common."""

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
