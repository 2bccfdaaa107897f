"""The versions of Terraform and of the AWS provider that a stack requires."""

from modules.terraform.bindings import TerraformStack

# 1.9 lets a variable's validation refer to another variable; 1.10 added the S3 backend's lock file.
TERRAFORM_VERSION = ">= 1.10"


def pin_versions(stack: TerraformStack, *, provider: str) -> None:
    """Write both version constraints into the stack; `provider` is the AWS provider's."""
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
    stack.add_override("terraform.required_providers.aws", {"source": "hashicorp/aws", "version": provider})
