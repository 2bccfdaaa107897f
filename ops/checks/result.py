"""The result of a check of `doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a result is."""

    OK = "ok"
    WARN = "warn"
    """Something is missing that a command or a later change will need."""
    FAIL = "fail"
    """Something doesn't work now."""


@dataclass(frozen=True)
class CheckResult:
    """What was checked, what was found, and what to do about it if something is wrong."""

    check: str
    level: Level
    what: str
    remedy: str = ""
