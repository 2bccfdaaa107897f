"""The imports allowed between packages and between rooms (docs/design/architecture.md)."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PACKAGES = {
    "main": {"modules"},
    "modules": {"modules"},
    "worker": {"worker"},
    "ops": {"ops", "worker.job"},
    "embedded": {"embedded", "ops.simulation", "ops.stack"},  # the rules of alarms, which the simulator has too
    "tools": {"tools", "embedded", "worker.job", "modules", "ops"},
    "benchmarks": {"benchmarks", "embedded", "modules", "ops", "tools", "worker"},
}
"""The packages of this repository that each package may import."""

WORKER = {
    "worker.__main__": "worker.aws worker.consumer worker.local worker.painter worker.probe",
    "worker.aws": "worker.clock worker.errors worker.job worker.telemetry",
    "worker.clock": "",
    "worker.consumer": "worker.aws worker.errors worker.helpers worker.job worker.media worker.net worker.painter "
    "worker.probe worker.sandbox worker.settings worker.telemetry worker.video",
    "worker.errors": "",
    "worker.helpers": "worker.aws worker.errors worker.job worker.media worker.probe worker.telemetry worker.video",
    "worker.job": "",
    "worker.local": "worker.job worker.media worker.painter worker.probe worker.sandbox worker.text.layout "
    "worker.video worker.video.plan",
    "worker.media": "worker.aws worker.errors worker.job worker.net worker.probe worker.video",
    "worker.net": "worker.clock worker.errors",
    "worker.painter": "worker.job worker.sandbox worker.text.fonts worker.text.layout worker.text.paint",
    "worker.probe": "worker.job worker.sandbox",
    "worker.sandbox": "worker.errors",
    "worker.settings": "worker.errors worker.job worker.net",
    "worker.stills": "worker.sandbox",
    "worker.telemetry": "worker.clock worker.errors",
    "worker.text.fonts": "worker.job worker.sandbox",
    "worker.text.layout": "worker.job worker.text.fonts",
    "worker.text.paint": "worker.job worker.text.fonts worker.text.layout",
    "worker.video": "worker.errors worker.job worker.painter worker.probe worker.sandbox worker.telemetry "
    "worker.text.fonts worker.text.layout worker.video.plan",
    "worker.video.plan": "worker.job worker.probe worker.text.paint",
}
"""The other rooms that each room of the worker may import."""

MODULES = {
    "modules.bootstrap": "modules.config modules.iam modules.terraform",
    "modules.compute": "modules.config modules.data modules.iam modules.network modules.terraform",
    "modules.config": "",
    "modules.data": "modules.config modules.iam modules.terraform",
    "modules.deployment": "modules.iam modules.stack modules.terraform",
    "modules.export": "modules.config modules.stack modules.terraform",
    "modules.iam": "modules.config modules.terraform",
    "modules.monitoring": "modules.compute modules.config modules.data modules.iam modules.terraform",
    "modules.network": "modules.config modules.terraform",
    "modules.stack": "modules.compute modules.config modules.data modules.iam modules.monitoring modules.network "
    "modules.terraform",
    "modules.terraform": "modules.config",
}

OPS = {
    "ops.__main__": "ops.cli",
    "ops.aws": "ops.console ops.errors ops.stack ops.words",
    "ops.aws_errors": "",
    "ops.checks": "ops.aws ops.aws_errors ops.console ops.errors ops.stack ops.words",
    "ops.cli": "ops.commands ops.console",
    "ops.commands": "ops.aws ops.aws_errors ops.checks ops.console ops.cost ops.errors ops.review ops.selftest "
    "ops.simulation ops.stack",
    "ops.console": "ops.aws_errors ops.errors ops.stack ops.words",
    "ops.cost": "ops.errors ops.stack ops.words",
    "ops.errors": "",
    "ops.review": "ops.cost ops.errors ops.stack ops.words",
    "ops.selftest": "ops.aws ops.aws_errors ops.checks ops.console ops.errors ops.stack",
    "ops.simulation": "ops.cost ops.errors ops.stack ops.words",
    "ops.stack": "ops.aws_errors ops.errors ops.words",
    "ops.words": "",
}

ROOMS = {"worker": WORKER, "modules": MODULES, "ops": OPS}

PURE = ["worker/job", "worker/text/layout", "worker/text/paint", "worker/video/plan"]
"""Folders that decide and do nothing: no process, no network, no clock, no AWS."""
IMPURE = {"subprocess", "socket", "time", "boto3", "botocore", "urllib3", "os", "random"}


@cache
def files(package: str) -> list[Path]:
    single = ROOT / f"{package}.py"
    found = [single] if single.exists() else sorted((ROOT / package).rglob("*.py"))
    return [path for path in found if "node_modules" not in path.parts]


@cache
def imports(path: Path) -> list[str]:
    """The full names that a file imports: `a.b.c` for `from a.b import c`."""
    return list(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(name: str) -> str:
    """The deepest folder that contains a dotted name; a module directly in its package is a room by itself."""
    parts = name.split(".")
    depth = next(count for count in range(len(parts), -1, -1) if ROOT.joinpath(*parts[:count]).is_dir())
    return ".".join(parts[: max(depth, 2)])


def arrows(package: str) -> dict[str, set[str]]:
    """For each room of a package, the other rooms that it imports."""
    found: dict[str, set[str]] = {}
    for path in files(package):
        relative = path.relative_to(ROOT)
        if path.name == "__init__.py" and (len(relative.parts) == 2 or not imports(path)):
            continue
        room = room_of(".".join(relative.with_suffix("").parts))
        inside = {room_of(name) for name in imports(path) if name.startswith(f"{package}.")}
        found.setdefault(room, set()).update(inside - {room})
    return found


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_packages_import_only_what_they_may(package: str) -> None:
    assert files(package)
    for path in files(package):
        for name in imports(path):
            if name.split(".")[0] in PACKAGES:
                allowed = any(name == other or name.startswith(f"{other}.") for other in PACKAGES[package])
                assert allowed, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("package", sorted(ROOMS))
def test_rooms_import_what_the_table_says(package: str) -> None:
    table: Mapping[str, str] = ROOMS[package]
    assert arrows(package) == {room: set(allowed.split()) for room, allowed in table.items()}


@pytest.mark.parametrize("package", sorted(ROOMS))
def test_no_rooms_import_each_other_in_a_circle(package: str) -> None:
    TopologicalSorter(arrows(package)).prepare()  # raises CycleError, which names the cycle


@pytest.mark.parametrize("folder", PURE)
def test_pure_folders_touch_nothing(folder: str) -> None:
    assert files(folder)
    for path in files(folder):
        reached = {name.split(".")[0] for name in imports(path)} & IMPURE
        assert not reached, f"{path.relative_to(ROOT)} imports {reached}"


def test_only_one_file_starts_a_process() -> None:
    starters = {path.relative_to(ROOT).as_posix() for path in files("worker") if "subprocess" in imports(path)}
    assert starters == {"worker/sandbox/process.py"}


def test_only_one_file_names_the_provider_bindings() -> None:
    importers = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES.keys() - {"benchmarks"}  # benchmarks/synth.py measures the stock import
        for path in files(package)
        if re.search("cdktf_cdktf_provider_aws|cdktn_provider_aws", path.read_text(encoding="utf-8"))
    }
    assert importers == {"modules/terraform/packages.py"}


def test_only_one_file_imports_packages_of_jsii() -> None:
    """The first of them to be imported starts Node, which bindings.py prepares."""
    importers = {
        path.relative_to(ROOT).as_posix()
        for path in files("modules")
        if any(name.partition(".")[0] in {"constructs", "jsii"} for name in imports(path))
    }
    assert importers == {"modules/terraform/bindings.py"}


def test_only_one_file_of_the_command_line_prints() -> None:
    printing = {"print", "Console", "echo", "secho"}
    printers = set()
    for path in files("ops"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in printing:
                printers.add((path.relative_to(ROOT).as_posix(), ast.unparse(node.func)))
    assert {path for path, _ in printers} == {"ops/console/output.py"}, printers
