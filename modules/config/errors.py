"""How a wrong configuration is refused."""

from collections.abc import Iterable


class ConfigurationError(Exception):
    """The configuration can't be used; the message is one or more sentences for the person who wrote it."""


def listed(values: Iterable[object]) -> str:
    """Values as a sentence holds them: `a, b, c`."""
    return ", ".join(str(value) for value in values)
