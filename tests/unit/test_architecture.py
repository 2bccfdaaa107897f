"""Who may import whom: the house's walls (docs/architecture.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {"main", "modules", "worker", "ops", "embedded", "tools"}

ALLOWED = {
    "main": {"modules"},
    "modules": {"modules"},
    "worker": {"worker"},
    "ops": {"ops", "worker.job"},
    "embedded": {"embedded"},
    "tools": {"tools", "embedded", "worker.job", "modules", "ops"},
}
"""Room by room, the packages of ours that it may import."""

PURE = [
    "video/timeline",
    "video/placing",
    "video/plan",
    "video/graph",
    "video/composing",
    "video/outputs",
    "video/untouched",
    "video/overlaying",
    "video/fitting",
    "video/encoding",
    "video/colour",
    "video/transitions",
    "video/motion",
    "video/sound",
    "video/explain",
    "text/paint",
    "text/layout",
    "text/breaking",
    "text/animation",
    "text/lines",
    "text/ink",
]
"""Worker modules that hold the quality of the product: no process, no network, no clock, no AWS."""
IMPURE = {"subprocess", "socket", "time", "boto3", "botocore", "urllib3", "os", "random"}


def files(room: str) -> list[Path]:
    single = ROOT / f"{room}.py"
    return [single] if single.exists() else sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_walls(room: str) -> None:
    assert files(room)
    for path in files(room):
        for name in imports(path):
            if name.split(".")[0] in ROOMS:
                allowed = any(name == package or name.startswith(f"{package}.") for package in ALLOWED[room])
                assert allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("module", PURE)
def test_pure_modules_touch_nothing(module: str) -> None:
    reached = set(imports(ROOT / "worker" / f"{module}.py"))
    assert not {name.split(".")[0] for name in reached} & IMPURE


def test_only_one_file_starts_a_process() -> None:
    starters = {path.name for path in files("worker") if "subprocess" in set(imports(path))}
    assert starters == {"process.py"}


def test_only_one_file_imports_provider_bindings() -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in files(room)
        if "cdktf_cdktf_provider_aws" in path.read_text(encoding="utf-8")
    }
    assert importers == {"modules/bindings.py"}
