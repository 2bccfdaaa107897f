"""The error of a wrong configuration."""

from collections.abc import Iterable


class ConfigurationError(Exception):
    """The configuration is wrong; the message is one or more sentences for its author."""


def comma_separated(values: Iterable[object]) -> str:
    """Values separated by commas: `a, b, c`."""
    return ", ".join(str(value) for value in values)
