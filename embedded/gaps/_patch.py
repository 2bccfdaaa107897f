"""The one way in which moto is changed: by name, and only where it is still as we know it."""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def wrap(owner: type, name: str, make: Callable[[Function], Function]) -> None:
    """Puts `make(original)` in the place of the method `owner.name`.

    Raises AttributeError where this version of moto has no such method: a gap that moved must be noticed at start, and
    not by a deployment that hangs.
    """
    setattr(owner, name, make(getattr(owner, name)))


def wrap_property(owner: type, name: str, make: Callable[[Function], Function]) -> None:
    """Puts a property that reads `make(getter)` in the place of the read-only property `owner.name`.

    Raises AttributeError where this version of moto has no such property.
    """
    original = owner.__dict__.get(name)
    if not isinstance(original, property) or original.fget is None:
        raise AttributeError(f"{owner.__module__}.{owner.__qualname__} has no property {name!r}")
    setattr(owner, name, property(make(original.fget)))


def add(owner: type, name: str, attribute: object) -> None:
    """Gives `owner` an attribute or a method that it lacks.

    Raises AttributeError where it has one by now: then the gap is closed upstream and the patch can go.
    """
    if hasattr(owner, name):
        raise AttributeError(f"{owner.__module__}.{owner.__qualname__} has {name!r} by now: remove the patch")
    setattr(owner, name, attribute)
