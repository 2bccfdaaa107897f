"""The result of a step of the self-test."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from ops.checks.result import Level

Value = TypeVar("Value")


@dataclass(frozen=True)
class Found:
    """What a step has found, and what to do about it if something is wrong."""

    what: str
    level: Level = Level.OK
    remedy: str = ""


@dataclass(frozen=True)
class StepResult:
    """A step, how long it took in seconds, and what it has found; `is_refused` where AWS refused its requests."""

    step: str
    seconds: float
    level: Level
    what: str
    remedy: str = ""
    is_refused: bool = False


def poll(read: Callable[[], Value | None], *, until: float, every: float = 1.0) -> Value | None:
    """Read once per `every` seconds until there is a value; None at the end, `until` (of the monotonic clock)."""
    while True:
        value = read()
        if value is not None or time.monotonic() >= until:
            return value
        time.sleep(every)
