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
