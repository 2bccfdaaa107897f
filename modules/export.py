"""The stack as a Terraform module: without provider, backend and workspace guard, which its caller has.

Two things that a caller must be able to say are Terraform variables here and configuration elsewhere: the suffix of
every name, and the media bucket.
"""

from dataclasses import replace

from constructs import Construct

from modules.bindings import PROVIDER_VERSION, TerraformVariable, TerraformVariableValidationConfig
from modules.config import Environment
from modules.names import LONGEST_SUFFIX, names_with
from modules.stack import VideoStack
from modules.versions import pin_versions

STACK = "module"


class ModuleStack(VideoStack):
    """One environment's stack, for a `module {}` block.

    Params:
        environment: what is decided for whoever calls the module: sizes, network, protection, keys.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        names = replace(names_with("${var.name_suffix}"), media_bucket="${var.media_bucket}")
        media = environment.media.model_copy(update={"bucket": None})
        super().__init__(scope, STACK, environment.model_copy(update={"media": media}), names=names)
        # The caller's own provider may be a later one of the same major version.
        pin_versions(self, provider=f"~> {PROVIDER_VERSION.rpartition('.')[0]}")
        TerraformVariable(
            self,
            "variable.name_suffix",
            type="string",
            default="",
            nullable=False,
            description="What every name ends in, such as -dev: two of them in one account differ by it.",
            validation=[
                TerraformVariableValidationConfig(
                    condition=f'${{can(regex("^(-[a-z0-9-]{{0,{LONGEST_SUFFIX - 2}}}[a-z0-9])?$", var.name_suffix))}}',
                    error_message="name_suffix must be empty, or a dash followed by 1 to "
                    f"{LONGEST_SUFFIX - 1} lower-case letters, digits and dashes, the last no dash.",
                )
            ],
        )
        TerraformVariable(
            self,
            "variable.media_bucket",
            type="string",
            nullable=False,
            description="The bucket of sources and videos: "
            + (
                "made under this name, unique in all of AWS." if environment.media.create else "an existing one's name."
            ),
            validation=[
                TerraformVariableValidationConfig(
                    condition='${can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.media_bucket))}',
                    error_message="media_bucket is no bucket name: use 3 to 63 lower-case letters, digits, dashes and "
                    "dots.",
                )
            ],
        )
