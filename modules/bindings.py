"""The one seam to cdktf and to the AWS provider's bindings: no other file imports either.

**Lazy, and why.** `import cdktf_cdktf_provider_aws` runs about 2,200 sub-imports, one for each resource of the
provider: 8 s and 540 MB for a synthesis that takes one. Here the parent package is registered as a bare
module with a `__path__`, so that its `__init__` never runs, and `aws.<resource>` imports just that sub-module on
first use; `lazy_provider.cjs` has jsii's Node process do the same. Take either out and everything still works, slower
(make bench-synth).

**One seam, and why.** cdktf was archived in December 2025; its successor cdktn keeps cdktf.json, logical ids and
state, and changes package names. The move is the two names below and the one import statement.

Usage:
    from modules.bindings import aws
    aws.sqs_queue.SqsQueue(self, "jobs", name="hospup-video-jobs")

The bindings count as `Any` for the type checker: checking them would parse half a gigabyte. jsii checks their
arguments' types at run time, but *drops nested dicts without a word*: always pass the typed classes
(`aws.ecs_service.EcsServiceDeploymentCircuitBreaker`, ...). tests/infra reads the leaves back.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from modules.node import preloading

with preloading(Path(__file__).with_name("lazy_provider.cjs")):  # cdktf starts Node when it is imported
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

_PACKAGE = "cdktf_cdktf_provider_aws"
# The AWS provider that these bindings were generated from; the deployed one must be the same.
PROVIDER_VERSION = "5.100.0"


class _Provider:
    """The provider's bindings by resource: `aws.sqs_queue` is the module that holds `SqsQueue` and its typed blocks."""

    def __getattr__(self, resource: str) -> Any:
        if resource.startswith("__"):
            raise AttributeError(resource)
        _register()
        try:
            module = importlib.import_module(f"{_PACKAGE}.{resource}")
        except ModuleNotFoundError as missing:
            raise AttributeError(f"The AWS bindings have no resource {resource!r}.") from missing
        setattr(self, resource, module)
        return module


def _register() -> None:
    """Put the parent package into `sys.modules` without running it, then load jsii's description of the provider."""
    if _PACKAGE in sys.modules:
        return
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{_PACKAGE} is not installed: run `make setup`.")
    package = ModuleType(_PACKAGE)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[_PACKAGE] = package
    importlib.import_module(f"{_PACKAGE}._jsii")


aws = _Provider()

__all__ = [
    "PROVIDER_VERSION",
    "App",
    "DataResource",
    "Fn",
    "LocalBackend",
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
