"""Where people read what to do: the sections of docs/runbook.md, one an alarm."""

from dataclasses import dataclass

from modules.config import PRODUCTION, Environment
from modules.names import names_of

PAGE = "docs/runbook.md"


@dataclass(frozen=True)
class Runbook:
    """The runbook, at an address or as a path in the repository."""

    address: str

    def section(self, alarm: str) -> str:
        """The section of an alarm, by its field in `Names`. Sections bear production's names in every environment."""
        return f"{self.address}#{getattr(names_of(PRODUCTION), alarm)}"


def runbook_of(environment: Environment) -> Runbook:
    """Where an environment's operators find it."""
    if environment.observability.runbook_url:
        return Runbook(environment.observability.runbook_url)
    github = environment.access.github
    return Runbook(f"https://github.com/{github.repository}/blob/HEAD/{PAGE}" if github else PAGE)
