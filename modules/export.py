"""The stack as a Terraform module, without provider, backend and workspace guard, which the module's caller has.

Two settings that the caller must choose are Terraform variables here rather than configuration: the suffix of all
names, and the media bucket.
"""

from dataclasses import replace

from modules.config import Environment
from modules.config.names import DEAD_LETTERS, LONGEST_SUFFIX, names_with_suffix
from modules.stack import VideoStack
from modules.terraform.bindings import Construct, TerraformVariable, TerraformVariableValidationConfig
from modules.terraform.versions import pin_versions

STACK = "module"
PROVIDERS = ">= 5.100, < 7"
"""The AWS providers that a caller may have: both major versions know every argument (tests/cdktn)."""


class ModuleStack(VideoStack):
    """One environment's stack, for a `module {}` block.

    Params:
        environment: the configuration that the module's caller can't change: sizes, network, protection, keys.
    """

    def __init__(self, scope: Construct, environment: Environment) -> None:
        names = replace(names_with_suffix("${var.name_suffix}"), media_bucket="${var.media_bucket}")
        media = environment.media.model_copy(update={"bucket": None})
        super().__init__(scope, STACK, environment.model_copy(update={"media": media}), names=names)
        pin_versions(self, provider=PROVIDERS)
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
                ),
                TerraformVariableValidationConfig(
                    condition=f'${{!can(regex("^-{DEAD_LETTERS}(-|$)", var.name_suffix))}}',
                    error_message=f"name_suffix can't begin with -{DEAD_LETTERS}: the job queue would have the name of "
                    "another module's dead-letter queue.",
                ),
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
