"""A patch that no longer fits moto is an error at start."""

import pytest

from embedded.gaps._patch import add, wrap, wrap_property


class Model:
    plain = 1

    def method(self) -> int:
        return 1

    @property
    def size(self) -> int:
        return 2


def test_a_method_and_a_property_are_wrapped() -> None:
    class Patched(Model):
        size = Model.size

    wrap(Patched, "method", lambda original: lambda self: original(self) + 10)
    wrap_property(Patched, "size", lambda getter: lambda self: getter(self) + 10)
    assert (Patched().method(), Patched().size) == (11, 12)


def test_what_is_missing_cannot_be_wrapped() -> None:
    with pytest.raises(AttributeError, match="gone"):
        wrap(Model, "gone", lambda original: original)
    with pytest.raises(AttributeError, match="no property 'plain'"):
        wrap_property(Model, "plain", lambda getter: getter)


def test_what_exists_is_not_added_again() -> None:
    with pytest.raises(AttributeError, match="has 'method' by now: remove the patch"):
        add(Model, "method", None)
