"""Which Terraform and which AWS provider a stack takes."""

from modules.bindings import TerraformStack

# 1.9 lets a variable's validation refer to another variable; 1.10 brought the S3 backend's own lock file.
TERRAFORM_VERSION = ">= 1.10"


def pin_versions(stack: TerraformStack, *, provider: str) -> None:
    """Write both into the stack; `provider` is a version constraint."""
    stack.add_override("terraform.required_version", TERRAFORM_VERSION)
    stack.add_override("terraform.required_providers.aws", {"source": "hashicorp/aws", "version": provider})
