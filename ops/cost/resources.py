"""The resources of a synthesised stack, or of the state in a plan, with their arguments."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ops.errors import CostError
from ops.stack.expressions import UNKNOWN, evaluate

DEFAULT_REGION = "eu-west-1"
_RELEASED = "released"
_VARIABLE = re.compile(r"\$\{var\.(\w+)\}")


@dataclass(frozen=True)
class Resources:
    """Resources by their type.

    Params:
        by_type: each resource's arguments.
        region: AWS region, for the prices.
        source: where they are from, for people.
    """

    by_type: Mapping[str, list[Mapping[str, Any]]]
    region: str
    source: str

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        """Every resource of a type."""
        return self.by_type.get(kind, [])

    def first(self, kind: str) -> Mapping[str, Any] | None:
        """The first resource of a type, or None."""
        return next(iter(self.all(kind)), None)


def block(value: Any) -> Mapping[str, Any]:
    """A nested block: an object in cdktf's JSON, a list of one in Terraform's plans. Empty where there is none."""
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, Mapping) else {}


def blocks(value: Any) -> list[Mapping[str, Any]]:
    """Nested blocks that can occur several times."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def number(value: Any, default: float = 0) -> float:
    """A number, however it is written; `otherwise` where it isn't known."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return default


def from_stack(stack: Mapping[str, Any], assigned: Mapping[str, str], source: str) -> Resources:
    """The resources of a synthesised stack.

    Params:
        stack: Terraform JSON.
        assigned: values of variables; others have their default. An empty `worker_image_tag` counts as released, since
            the fleet is priced as it runs with an image.
        source: where the stack is from, for people.

    Raises `CostError` for a variable that the stack doesn't have, or for values that Terraform would refuse.
    """
    declared = stack.get("variable", {})
    for name in assigned:
        if name not in declared:
            raise CostError(f"The stack has no variable {name}: it has {', '.join(sorted(declared))}.")
    variables = {name: body.get("default", UNKNOWN) for name, body in declared.items()}
    variables |= {name: _typed(value, declared[name]) for name, value in assigned.items()}
    if variables.get("worker_image_tag") == "":
        variables["worker_image_tag"] = _RELEASED
    _validate(declared, variables, assigned)
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for kind, named in stack["resource"].items():
        for body in named.values():
            values = evaluate({key: value for key, value in body.items() if key != "//"}, variables)
            copies = values.get("count", 1)
            by_type.setdefault(kind, []).extend([values] * (1 if copies is UNKNOWN else int(copies)))
    provider = block(stack.get("provider", {}).get("aws"))
    region = evaluate(provider.get("region"), variables)
    return Resources(by_type, region if isinstance(region, str) else DEFAULT_REGION, source)


def _validate(declared: Mapping[str, Any], variables: Mapping[str, Any], assigned: Iterable[str]) -> None:
    """Check what is assigned by the variables' own validations, as a plan would. Raises `CostError` with the stack's
    sentence."""
    for body in declared.values():
        for rule in blocks(body.get("validation", [])):
            is_about = any(re.search(rf"\bvar\.{name}\b", rule["condition"]) for name in assigned)
            if is_about and evaluate(rule["condition"], variables) is False:
                raise CostError(_VARIABLE.sub(lambda name: str(variables.get(name[1])), rule["error_message"]))


def _typed(value: str, declared: Mapping[str, Any]) -> Any:
    if declared.get("type") != "number":
        return value
    try:
        return float(value) if "." in value else int(value)
    except ValueError as error:
        raise CostError(f"{value!r} is no number.") from error


def from_values(values: Mapping[str, Any] | None, region: str, source: str) -> Resources:
    """The resources of a plan's `planned_values` or of the `values` of its `prior_state`."""
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for resource in _walk((values or {}).get("root_module", {})):
        if resource.get("mode", "managed") == "managed":
            by_type.setdefault(resource["type"], []).append(resource.get("values") or {})
    return Resources(by_type, region, source)


def _walk(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for child in module.get("child_modules", []):
        yield from _walk(child)
