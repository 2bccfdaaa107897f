"""Links from alarms to their sections of docs/runbook.md."""

from dataclasses import dataclass

from modules.config import Environment
from modules.config.names import Names
from modules.terraform.context import StackContext

PAGE = "docs/runbook.md"


@dataclass(frozen=True)
class Runbook:
    """The runbook, which has one section per alarm, with production's name of the alarm as its heading.

    Params:
        address: URL, or path within the repository.
        names: the names of the environment's alarms.
    """

    address: str
    names: Names

    def section(self, alarm_name: str) -> str:
        """The address of an alarm's section."""
        return f"{self.address}#{self.names.in_production(alarm_name)}"

    def description(self, meaning: str, alarm_name: str) -> str:
        """An alarm's description: what it means, and the address of its section."""
        return f"{meaning} {self.section(alarm_name)}"


def runbook_of(context: StackContext) -> Runbook:
    """The runbook that a stack's alarms link to."""
    return Runbook(runbook_address(context.environment), context.names)


def runbook_address(environment: Environment) -> str:
    """`runbook_url`, the page in the GitHub repository that `access` names, or the page's path."""
    if environment.observability.runbook_url:
        return environment.observability.runbook_url
    github = environment.access.github
    return f"https://github.com/{github.repository}/blob/HEAD/{PAGE}" if github else PAGE
