"""What others need to know: the backend, the operators' command line, the demo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from modules.bindings import TerraformOutput, TerraformStack


@dataclass(frozen=True)
class Output:
    """One output: its value, and what it is for."""

    value: Any
    description: str


def declare_outputs(stack: TerraformStack, outputs: Mapping[str, Output]) -> None:
    """Give the stack its Terraform outputs, by name. The names are an interface: the backend and scripts read them.

    They belong to the stack itself and not to a construct of their own, whose name would be one level more in the file
    that `cdktf deploy --outputs-file` writes.
    """
    for name, output in outputs.items():
        TerraformOutput(stack, name, value=output.value, description=output.description)


def next_step(secret: str | None) -> str:
    """What to do after a deployment, as a Terraform expression: it knows whether there is an image yet.

    Params:
        secret: name of the secret that waits for its value, or none where webhooks aren't signed.
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
