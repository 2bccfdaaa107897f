"""Lengths of time as operators type them: 90s, 30m, 2h, 7d."""

import re

from ops.errors import UsageError

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FORM = re.compile(r"(\d{1,6})\s*([smhd])")


def seconds_of(text: str, option: str = "--since") -> float:
    """Seconds in a length of time. Raises `UsageError`, which names the `option`."""
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        raise UsageError(f"{option} {text} is no length of time: write a number and s, m, h or d, such as 30m or 2h.")
    return float(match[1]) * _UNITS[match[2]]
