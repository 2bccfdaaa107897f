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
from modules.deployer import Target
from modules.deployers import Deployers
from modules.names import names_of
from modules.stack import VideoStack
from modules.versions import pin_versions


class Deployment(Construct):
    """Provider with default tags, state in S3, one workspace for each environment, and who may deploy it.

    Params:
        stack: what is deployed.
        environment: whose region and tags.
        backend: the S3 backend's settings, from backend.py.
    """

    def __init__(self, stack: VideoStack, environment: Environment, backend: dict[str, Any]) -> None:
        super().__init__(stack, "deployment")
        pin_versions(stack, provider=PROVIDER_VERSION)
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
        Deployers(stack, names_of(environment.name), stack.account, Target(environment, backend))

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
