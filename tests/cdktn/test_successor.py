"""cdktf's successor, and version 6 of the AWS provider: what we synthesise is the same, and known to both versions.

Needs the packages of `.build/cdktn`: run by `make test-cdktn`.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cdktn.provider_schema import ProviderSchema
from tests.infra.configurations import CLOSED_NETWORK, EVERY_OPTION, OWN_EVERYTHING
from tests.infra.stack import ENVIRONMENTS, ROOT, read, synthesise_here
from tools.module import synthesise as synthesise_module

PYTHON = ROOT / ".build" / "cdktn" / "bin" / "python"
BINDINGS = {"5.100.0": (sys.executable, "cdktf_cdktf_provider_aws"), "6.69.1": (str(PYTHON), "cdktn_provider_aws")}
"""The bindings of both major versions of the provider: where they are installed, and their package."""
WHERE = "import importlib.util, sys; print(*importlib.util.find_spec(sys.argv[1]).submodule_search_locations)"
CONFIGURATIONS: dict[str, dict[str, Any] | None] = {
    **dict.fromkeys(ENVIRONMENTS),
    "options": EVERY_OPTION,
    "own": OWN_EVERYTHING,
    "closed": CLOSED_NETWORK,
}
REFERENCE = re.compile(r"(?<![\w.])(data\.)?(aws_\w+)\.[\w-]+(?:\[[^]]*\])?\.(\w+)")


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every configuration as cdktf synthesises it."""
    found = {}
    for name, content in CONFIGURATIONS.items():
        outdir = tmp_path_factory.mktemp(name)
        synthesise_here(name, outdir, content=content)
        found[name] = read(name, outdir).json
    return found


@pytest.fixture(scope="module")
def providers() -> dict[str, ProviderSchema]:
    """The schema of both versions."""
    return {
        version: ProviderSchema(Path(subprocess.check_output([python, "-c", WHERE, package], text=True).strip()))
        for version, (python, package) in BINDINGS.items()
    }


def by_cdktn(environment: str, outdir: Path, *arguments: str) -> None:
    """Run a program of this repository with cdktn."""
    variables = {**os.environ, "CDK": "cdktn", "ENV": environment, "CDKTF_OUTDIR": str(outdir)}
    done = subprocess.run(
        [str(PYTHON), *arguments], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_stacks_differ_in_versions_alone(
    environment: str, stacks: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    by_cdktn(environment, tmp_path, "main.py")
    theirs = read(environment, tmp_path).json
    assert theirs["//"]["metadata"].pop("version") == "0.24.0"
    assert theirs["terraform"]["required_providers"]["aws"].pop("version") == "6.69.1"
    ours = json.loads(json.dumps(stacks[environment]))
    assert ours["//"]["metadata"].pop("version") == "0.21.0"
    assert ours["terraform"]["required_providers"]["aws"].pop("version") == "5.100.0"
    assert theirs == ours


def test_the_modules_differ_in_the_version_of_the_cdk_alone(tmp_path: Path) -> None:
    synthesise_module("prod", tmp_path / "cdktf")
    by_cdktn("prod", tmp_path / "cdktn", "-m", "tools.module", "--synth")
    ours, theirs = (
        json.loads((tmp_path / cdk / "stacks" / "module" / "cdk.tf.json").read_text()) for cdk in ("cdktf", "cdktn")
    )
    versions = [stack["//"]["metadata"].pop("version") for stack in (ours, theirs)]
    assert versions == ["0.21.0", "0.24.0"]
    assert theirs == ours
    assert ours["terraform"]["required_providers"]["aws"]["version"] == ">= 5.100, < 7"


@pytest.mark.parametrize("version", BINDINGS)
def test_the_provider_knows_every_argument(
    version: str, providers: dict[str, ProviderSchema], stacks: dict[str, dict[str, Any]]
) -> None:
    provider = providers[version]
    faults: list[str] = []
    for name, stack in stacks.items():
        for block in stack["provider"]["aws"]:
            faults += provider.provider().faults(block, f"{name}: provider.aws")
        for kind, address, resource in blocks(stack["resource"]):
            faults += provider.resource(kind).faults(resource, f"{name}: {address}")
        for kind, address, source in blocks(stack["data"]):
            faults += provider.data(kind).faults(source, f"{name}: data.{address}")
    assert faults == []


@pytest.mark.parametrize("version", BINDINGS)
def test_the_provider_knows_every_attribute_that_is_referred_to(
    version: str, providers: dict[str, ProviderSchema], stacks: dict[str, dict[str, Any]]
) -> None:
    provider = providers[version]
    references = {found for stack in stacks.values() for found in REFERENCE.findall(json.dumps(stack))}
    assert len(references) > 30
    faults = []
    for is_data, kind, attribute in sorted(references):
        block = provider.data(kind) if is_data else provider.resource(kind)
        if attribute not in block.attributes:
            faults.append(f"{is_data}{kind}.{attribute}")
    assert faults == []


@pytest.mark.parametrize(
    ("kind", "argument"),
    [("eip", "vpc"), ("ecs_task_definition", "inference_accelerator"), ("flow_log", "log_group_name")],
)
def test_what_version_6_removed_would_be_found(kind: str, argument: str, providers: dict[str, ProviderSchema]) -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/version-6-upgrade"""
    old, new = (provider.resource(f"aws_{kind}").arguments for provider in providers.values())
    assert (argument in old, argument in new) == (True, False)


def test_faults_are_found_at_any_depth(providers: dict[str, ProviderSchema]) -> None:
    service = providers["6.69.1"].resource("aws_ecs_service")
    value = {"name": "n", "deployment_circuit_breaker": {"enable": True, "rolback": True}, "colour": "blue"}
    assert set(service.faults(value, "s")) == {
        "s.deployment_circuit_breaker: rollback is missing",
        "s.deployment_circuit_breaker.rolback is unknown",
        "s.colour is unknown",
    }


def blocks(kinds: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The type, address and arguments of each block of the AWS provider."""
    for kind, named in kinds.items():
        if kind.startswith("aws_"):
            yield from ((kind, f"{kind}.{name}", value) for name, value in named.items())
