"""Imports of cdktf, or its successor, of constructs, and of the AWS provider's bindings. No other file imports them.

**Lazy imports.** Importing the bindings' package runs about 2,200 imports, one per resource of the provider; a
synthesis then takes 8 s and 540 MB rather than 1 s. This file registers the parent package as a bare module with a
`__path__`, so that its `__init__` never runs, and `aws.<resource>` imports that one module on first use.
`lazy_provider.cjs` makes jsii's Node process do the same. Without either of them everything still works, more slowly
(`make bench-synth`).

**Two CDKs.** Which packages are meant by "cdktf" and by the bindings, `packages.py` says.

Usage:
    from modules.terraform.bindings import aws
    aws.sqs_queue.SqsQueue(self, "jobs", name="hospup-video-jobs")

The bindings are `Any` for the type checker, which would have to parse half a gigabyte. jsii checks argument types at
run time, but *silently drops nested dicts*: always pass the typed classes
(`aws.ecs_service.EcsServiceDeploymentCircuitBreaker`, ...). tests/infra compares what is synthesised.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from modules.config.errors import ConfigurationError
from modules.terraform.node import preloading
from modules.terraform.packages import chosen_packages

PACKAGES = chosen_packages()
PROVIDER_VERSION = PACKAGES.provider

with preloading(Path(__file__).with_name("lazy_provider.cjs")):  # the first import of jsii's packages starts Node
    try:
        sys.modules.setdefault("cdktf", importlib.import_module(PACKAGES.core))
    except ModuleNotFoundError as missing:
        raise ConfigurationError(
            f"{PACKAGES.core} is not installed for {sys.executable}: run make synth CDK={PACKAGES.core}."
        ) from missing
    # The names, and their types, are the same in cdktn.
    from cdktf import (
        App,
        DataResource,
        Fn,
        LocalBackend,
        Precondition,
        S3Backend,
        TerraformElement,
        TerraformLocal,
        TerraformOutput,
        TerraformResourceLifecycle,
        TerraformStack,
        TerraformVariable,
        TerraformVariableValidationConfig,
        Token,
    )
    from constructs import Construct, Node


class _Provider:
    """The provider's bindings by resource: `aws.sqs_queue` is the module of `SqsQueue` and its typed blocks."""

    def __getattr__(self, resource: str) -> Any:
        if resource.startswith("__"):
            raise AttributeError(resource)
        _register()
        try:
            module = importlib.import_module(f"{PACKAGES.bindings}.{resource}")
        except ModuleNotFoundError as missing:
            raise AttributeError(f"The AWS bindings have no resource {resource!r}.") from missing
        setattr(self, resource, module)
        return module


def _register() -> None:
    """Put the parent package into `sys.modules` without running it, then load jsii's description of the provider."""
    name = PACKAGES.bindings
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{name} is not installed: run `make setup`.")
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[name] = package
    importlib.import_module(f"{name}._jsii")


aws = _Provider()

__all__ = [
    "PROVIDER_VERSION",
    "App",
    "Construct",
    "DataResource",
    "Fn",
    "LocalBackend",
    "Node",
    "Precondition",
    "S3Backend",
    "TerraformElement",
    "TerraformLocal",
    "TerraformOutput",
    "TerraformResourceLifecycle",
    "TerraformStack",
    "TerraformVariable",
    "TerraformVariableValidationConfig",
    "Token",
    "aws",
]
