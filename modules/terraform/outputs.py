"""Terraform outputs, which the backend, the operators' command line and the demo read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.terraform.bindings import TerraformOutput, TerraformStack


@dataclass(frozen=True)
class StackOutput:
    """One Terraform output: its value and its description."""

    value: Any
    description: str


def declare_outputs(stack: TerraformStack, outputs: Mapping[str, StackOutput]) -> None:
    """Add outputs to a stack, by name. The names are an interface: the backend and scripts read them.

    They belong to the stack rather than to a construct, whose name would be one more level in the file that
    `cdktf deploy --outputs-file` writes.
    """
    for name, output in outputs.items():
        TerraformOutput(stack, name, value=output.value, description=output.description)


def next_step(secret: str | None) -> str:
    """The operator's next step after a deployment, as a Terraform expression of `worker_image_tag`.

    Params:
        secret: name of the secret that holds the webhook signing key; None if webhooks aren't signed.
    """
    first = (
        f"Put the webhook signing key, once: aws secretsmanager put-secret-value --secret-id {secret} "
        "--secret-string whsec_$(openssl rand -base64 32). Then push"
        if secret
        else "Push"
    )
    todo = (
        f"No image is released yet, so no worker runs. {first} the worker's image to "
        "ecr_repository_uri, and deploy again with --var worker_image_tag=TAG."
    )
    done = (
        "Nothing: put queue_url into the backend as SQS_QUEUE_URL. To release, push an image and deploy with its tag."
    )
    return f'${{var.worker_image_tag == "" ? "{todo}" : "{done}"}}'
