"""Waiting for what another process does."""

import time
from collections.abc import Callable


def holds_within(seconds: float, condition: Callable[[], bool], *, every: float = 0.1) -> bool:
    """Evaluate `condition` every `every` seconds. Returns True as soon as it holds, and False after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(every)
    return True


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Return as soon as `condition` holds. Raises AssertionError if it doesn't within `seconds`."""
    assert holds_within(seconds, condition), f"it never came true in {seconds:g} s"
