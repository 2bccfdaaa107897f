"""Production's recorded plan, with one attribute changed at a time."""

import copy
import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from ops.cost.resources import Resources
from ops.review.plan import Plan
from ops.review.plan_reader import parse
from tests.ops.plan_files import change, content, real

Values = dict[str, Any]
Path = tuple[str | int, ...]


@cache
def deployed(name: str = "warm-pool") -> Mapping[str, Values]:
    """The resources of a recorded environment, by their address: production's, or development's for `no-change`."""
    resources = real(name)["prior_state"]["values"]["root_module"]["resources"]
    return {item["address"]: item["values"] for item in resources if item["mode"] == "managed"}


@cache
def _standing(name: str) -> Plan:
    return parse(real(name))


def changed(address: str, edit: Callable[[Values], object], action: str = "update", name: str = "warm-pool") -> Plan:
    """A plan that changes one resource of an environment, which otherwise stays as it is."""
    before = deployed(name)[address]
    after = copy.deepcopy(before)
    edit(after)
    kind = address.partition(".")[0]
    (parsed,) = parse(content([change(address, action, before, None if action == "destroy" else after)])).changes
    others = [values for other, values in deployed(name).items() if other.startswith(f"{kind}.") and other != address]
    standing = _standing(name).before
    after_all = Resources(
        {**standing.by_type, kind: [*others, *([] if action == "destroy" else [after])]}, standing.region, "after"
    )
    return dataclasses.replace(
        _standing(name), changes=(parsed,), before=standing, after=after_all, lost={}, drifted={}
    )


def leaves(values: Mapping[str, Any]) -> Iterator[tuple[str, Path, Any]]:
    """The name, path and value of every value in a resource, also within JSON documents."""
    for path, value in _leaves((), values):
        yield ".".join(step for step in path if isinstance(step, str)), path, value


def _leaves(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    value = _document(value)
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves((*path, key), item)
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from _leaves((*path, index), item)
    else:
        yield path, value


def _document(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def other_values(value: Any) -> list[Any]:
    """Values that an attribute may be changed to."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float):
        return [value // 2, value * 2 + 1, 0] if value else [1]
    if isinstance(value, list):
        return [["other"]]
    if isinstance(value, str) and value.isdigit():
        return [str(int(value) // 2), str(int(value) * 2 + 1)] if int(value) else ["1"]
    return ["other", None] if value else ["other", True]


def put(values: Values, path: Path, new: Any) -> None:
    """Put a value at a path, also within a JSON document; None takes it away."""
    step, rest = path[0], path[1:]
    container: Any = values
    inner = _document(container[step])
    if not rest:
        if new is None and isinstance(container, list):
            container.pop(int(step))
        else:
            container[step] = new
        return
    put(inner, rest, new)
    container[step] = json.dumps(inner) if isinstance(container[step], str) else inner
