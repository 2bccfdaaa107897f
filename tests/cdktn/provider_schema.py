"""What a version of the AWS provider knows, read from the source of its bindings without importing them."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_ANCHOR = re.compile(r"#(\w+) \w+#\1\}")
"""The name in Terraform, in a property's docstring: `{@link https://...#delay_seconds SqsQueue#delay_seconds}`."""

_META_ARGUMENTS = {"//", "count", "depends_on", "dynamic", "for_each", "lifecycle", "provider", "provisioner"}
"""Arguments that Terraform itself reads."""


@dataclass(frozen=True)
class Block:
    """A block: the names of its arguments, each with the block inside it, if it is one."""

    arguments: Mapping[str, "Block | None"]
    required: frozenset[str]
    attributes: frozenset[str] = field(default_factory=frozenset)
    """What other resources may refer to; of a whole resource only."""

    def faults(self, value: Mapping[str, Any], path: str) -> Iterator[str]:
        """Arguments that the block doesn't know, and those that it lacks."""
        yield from (f"{path}: {name} is missing" for name in sorted(self.required - value.keys()))
        for name, inner in value.items():
            if name in _META_ARGUMENTS:
                continue
            if name not in self.arguments:
                yield f"{path}.{name} is unknown"
            elif block := self.arguments[name]:
                for each in inner if isinstance(inner, list) else [inner]:
                    yield from block.faults(each, f"{path}.{name}")


@dataclass(frozen=True)
class ProviderSchema:
    """The schema of one provider version; `package` is the folder of its bindings."""

    package: Path

    def resource(self, kind: str) -> Block:
        """A resource type, such as `aws_sqs_queue`. Raises `FileNotFoundError` where the provider has none."""
        return _read(self.package / kind.removeprefix("aws_") / "__init__.py")

    def data(self, kind: str) -> Block:
        """A data source, such as `aws_vpc`. Raises `FileNotFoundError` where the provider has none."""
        return _read(self.package / f"data_{kind}" / "__init__.py")

    def provider(self) -> Block:
        """The provider block."""
        return _read(self.package / "provider" / "__init__.py")


@cache
def _read(file: Path) -> Block:
    classes = {node.name: node for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)}
    arguments, whole = None, None
    for node in classes.values():
        bases = " ".join(ast.unparse(base) for base in node.bases)
        if bases.endswith("TerraformMetaArguments") or node.name == "AwsProviderConfig":
            arguments = node
        elif re.search(r"\.Terraform(Resource|DataSource|Provider)$", bases):
            whole = node
    assert arguments is not None, f"{file} has no arguments"
    assert whole is not None, f"{file} has no resource"
    block = _block(arguments, classes)
    return Block(block.arguments, block.required, frozenset(each.name for each in _properties(whole)))


def _block(node: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Block:
    arguments: dict[str, Block | None] = {}
    names: dict[str, str] = {}
    for each in _properties(node):
        if found := _ANCHOR.search(ast.get_docstring(each) or ""):
            names[each.name] = found[1]
            inner = re.findall(r"\w+", ast.unparse(each.returns) if each.returns else "")
            block = next((classes[name] for name in inner if name in classes), None)
            arguments[found[1]] = _block(block, classes) if block else None
    (init,) = (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    defaults = zip(init.args.kwonlyargs, init.args.kw_defaults, strict=True)
    return Block(arguments, frozenset(names[argument.arg] for argument, default in defaults if default is None))


def _properties(node: ast.ClassDef) -> list[ast.FunctionDef]:
    return [
        each
        for each in node.body
        if isinstance(each, ast.FunctionDef) and any("builtins.property" in ast.unparse(d) for d in each.decorator_list)
    ]
