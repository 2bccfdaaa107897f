"""The resources that cost money, whatever tells of them: a synthesised stack, or the state within a plan."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.cost.errors import CostError
from ops.cost.expressions import UNKNOWN, evaluate

DEFAULT_REGION = "eu-west-1"
_RELEASED = "released"


@dataclass(frozen=True)
class Resources:
    """Resources by their type.

    Params:
        by_type: each resource's arguments.
        region: AWS region, whose prices hold.
        source: what told of them, for people.
    """

    by_type: Mapping[str, list[Mapping[str, Any]]]
    region: str
    source: str

    def all(self, kind: str) -> list[Mapping[str, Any]]:
        """Every resource of a type."""
        return self.by_type.get(kind, [])

    def first(self, kind: str) -> Mapping[str, Any] | None:
        """The first resource of a type, or none."""
        return next(iter(self.all(kind)), None)


def block(value: Any) -> Mapping[str, Any]:
    """A nested block: cdktf writes it as an object, Terraform's plans as a list of one. Empty where there is none."""
    if isinstance(value, list):
        value = value[0] if value else {}
    return value if isinstance(value, Mapping) else {}


def blocks(value: Any) -> list[Mapping[str, Any]]:
    """Nested blocks that there can be several of."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, Mapping)]


def number(value: Any, otherwise: float = 0) -> float:
    """A number, however it is written; `otherwise` where it isn't known."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return otherwise


def synthesised(environment: str, root: Path) -> dict[str, Any]:
    """An environment's stack, synthesised as cdktf.json says. CostError with what the app printed.

    The app runs as a process of its own into a folder of its own: the command line doesn't import the infrastructure.
    """
    try:
        app = json.loads((root / "cdktf.json").read_text(encoding="utf-8"))["app"]
    except (OSError, ValueError, KeyError) as error:
        raise CostError(
            f"There is no app to synthesise in {root} (cdktf.json): run this in the repository, or give --stack FILE."
        ) from error
    with tempfile.TemporaryDirectory(prefix="hospup-cost-") as folder:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        variables = {**os.environ, "ENV": environment, "CDKTF_OUTDIR": folder, "PATH": path}
        # cdktf.json's app is a shell line, as cdktf itself runs it.
        done = subprocess.run(["sh", "-c", app], cwd=root, env=variables, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise CostError(f"{environment} can't be synthesised: {(done.stderr or done.stdout).strip()[-2000:]}")
        files = list(Path(folder).glob("stacks/*/cdk.tf.json"))
        if len(files) != 1:
            raise CostError(
                f"{environment} was synthesised into {len(files)} stacks; give one of them with --stack FILE."
            )
        return read_stack(files[0])


def read_stack(path: Path) -> dict[str, Any]:
    """A stack's Terraform JSON. CostError where the file is none."""
    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CostError(f"The stack {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise CostError(f"The stack {path} is no JSON: {error}.") from error
    if not isinstance(stack, dict) or not isinstance(stack.get("resource"), dict):
        raise CostError(f"{path} is no synthesised stack, for it has no resources: give a cdk.tf.json.")
    return stack


def from_stack(stack: Mapping[str, Any], assigned: Mapping[str, str], source: str) -> Resources:
    """The resources of a synthesised stack.

    Params:
        stack: Terraform JSON.
        assigned: variables set as `--var` does. What isn't, has its default; but for an empty `worker_image_tag`: a
            fleet is priced as it runs once an image is released.
        source: what told of them.

    Raises CostError for a variable that the stack doesn't have.
    """
    declared = stack.get("variable", {})
    for name in assigned:
        if name not in declared:
            raise CostError(f"The stack has no variable {name}: it has {', '.join(sorted(declared))}.")
    variables = {name: body.get("default", UNKNOWN) for name, body in declared.items()}
    variables |= {name: _typed(value, declared[name]) for name, value in assigned.items()}
    if variables.get("worker_image_tag") == "":
        variables["worker_image_tag"] = _RELEASED
    by_type: dict[str, list[Mapping[str, Any]]] = {}
    for kind, named in stack["resource"].items():
        for body in named.values():
            values = evaluate({key: value for key, value in body.items() if key != "//"}, variables)
            copies = values.get("count", 1)
            by_type.setdefault(kind, []).extend([values] * (1 if copies is UNKNOWN else int(copies)))
    provider = block(stack.get("provider", {}).get("aws"))
    region = evaluate(provider.get("region"), variables)
    return Resources(by_type, region if isinstance(region, str) else DEFAULT_REGION, source)


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
