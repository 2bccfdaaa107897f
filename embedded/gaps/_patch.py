"""Functions that patch moto by name, and fail if moto has changed."""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def wrap(owner: type, name: str, make: Callable[[Function], Function]) -> None:
    """Replaces the method `owner.name` by `make(original)`.

    Raises AttributeError if this version of moto has no such method: a changed moto must fail at start, not in a
    deployment that hangs.
    """
    setattr(owner, name, make(getattr(owner, name)))


def wrap_property(owner: type, name: str, make: Callable[[Function], Function]) -> None:
    """Replaces the read-only property `owner.name` by one with the getter `make(getter)`.

    Raises AttributeError if this version of moto has no such property.
    """
    original = owner.__dict__.get(name)
    if not isinstance(original, property) or original.fget is None:
        raise AttributeError(f"{owner.__module__}.{owner.__qualname__} has no property {name!r}")
    setattr(owner, name, property(make(original.fget)))


def add(owner: type, name: str, attribute: object) -> None:
    """Adds an attribute or a method that `owner` lacks.

    Raises AttributeError if it has one by now: then the gap is closed upstream, and the patch can be removed.
    """
    if hasattr(owner, name):
        raise AttributeError(f"{owner.__module__}.{owner.__qualname__} has {name!r} by now: remove the patch")
    setattr(owner, name, attribute)
