"""What a stack needs to be deployed by itself: a provider, a backend, and a guard against the wrong workspace.

Left out where the stack is exported as a Terraform module: its caller has its own.
"""

from typing import Any

from constructs import Construct

from modules.bindings import (
    PROVIDER_VERSION,
    DataResource,
    Precondition,
    S3Backend,
    TerraformResourceLifecycle,
    TerraformStack,
    aws,
)
from modules.config import PROJECT, Environment

# 1.9 lets a variable's validation refer to another variable; 1.10 brought the S3 backend's own lock file.
_TERRAFORM_VERSION = ">= 1.10"


class Deployment(Construct):
    """Provider with default tags, state in S3, and one workspace for each environment.

    Params:
        stack: what is deployed.
        environment: whose region and tags.
        backend: the S3 backend's settings, from backend.py.
    """

    def __init__(self, stack: TerraformStack, environment: Environment, backend: dict[str, Any]) -> None:
        super().__init__(stack, "deployment")
        self._versions(stack)
        provider = aws.provider
        provider.AwsProvider(
            self,
            "aws",
            region=environment.region,
            default_tags=[
                provider.AwsProviderDefaultTags(
                    tags={"Project": PROJECT, "Environment": environment.name, "ManagedBy": "terraform"}
                )
            ],
        )
        self._backend(stack, dict(backend))
        self._guard(environment)

    def _versions(self, stack: TerraformStack) -> None:
        stack.add_override("terraform.required_version", _TERRAFORM_VERSION)
        stack.add_override("terraform.required_providers.aws", {"source": "hashicorp/aws", "version": PROVIDER_VERSION})

    def _backend(self, stack: TerraformStack, settings: dict[str, Any]) -> None:
        backend = S3Backend(stack, bucket=settings.pop("bucket"), key=settings.pop("key"))
        # As overrides, since cdktf 0.21 doesn't know every setting (use_lockfile): what the file says is what
        # Terraform reads.
        for setting, value in settings.items():
            backend.add_override(setting, value)

    def _guard(self, environment: Environment) -> None:
        name = environment.name
        DataResource(
            self,
            "workspace_guard",
            input={"environment": name},
            lifecycle=TerraformResourceLifecycle(
                precondition=[
                    Precondition(
                        condition=f'${{terraform.workspace == "{name}"}}',
                        error_message=f"This is the configuration of {name}, and the selected workspace is "
                        f"${{terraform.workspace}}: set TF_WORKSPACE={name}, or run terraform workspace select {name}.",
                    )
                ]
            ),
        )
