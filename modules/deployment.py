"""Provider, backend and workspace guard, which make a stack deployable.

A stack that is exported as a Terraform module has none of them: the module's caller has its own.
"""

from typing import Any

from modules.iam.deployers import Deployers
from modules.iam.own_tags import identifying_tags
from modules.stack import VideoStack
from modules.terraform.bindings import (
    PROVIDER_VERSION,
    Construct,
    DataResource,
    Precondition,
    S3Backend,
    TerraformResourceLifecycle,
    TerraformStack,
    aws,
)
from modules.terraform.versions import pin_versions


class Deployment(Construct):
    """Provider with default tags, state in S3, one workspace per environment, and the deployers' permissions.

    Params:
        stack: the stack to make deployable.
        backend: the S3 backend's settings, by config/backend.py.
    """

    def __init__(self, stack: VideoStack, backend: dict[str, Any]) -> None:
        super().__init__(stack, "deployment")
        pin_versions(stack, provider=PROVIDER_VERSION)
        environment = stack.context.environment
        provider = aws.provider
        provider.AwsProvider(
            self,
            "aws",
            region=environment.region,
            default_tags=[
                provider.AwsProviderDefaultTags(tags={**identifying_tags(environment.name), "ManagedBy": "terraform"})
            ],
        )
        self._backend(stack, dict(backend))
        self._workspace_guard(environment.name)
        Deployers(stack.context, backend, stack.own_arns)

    def _backend(self, stack: TerraformStack, settings: dict[str, Any]) -> None:
        backend = S3Backend(stack, bucket=settings.pop("bucket"), key=settings.pop("key"))
        # As overrides, because cdktf 0.21 lacks some settings (use_lockfile).
        for setting, value in settings.items():
            backend.add_override(setting, value)

    def _workspace_guard(self, environment: str) -> None:
        DataResource(
            self,
            "workspace_guard",
            input={"environment": environment},
            lifecycle=TerraformResourceLifecycle(
                precondition=[
                    Precondition(
                        condition=f'${{terraform.workspace == "{environment}"}}',
                        error_message=f"This is the configuration of {environment}, and the selected workspace is "
                        f"${{terraform.workspace}}: set TF_WORKSPACE={environment}, or run terraform workspace select "
                        f"{environment}.",
                    )
                ]
            ),
        )
